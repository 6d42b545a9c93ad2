import { describe, expect, it } from "vitest";
import { blocksOf, documentOf, firstPlan, suggestedName } from "./review-plan";
import { TEMPLATES } from "./templates";

const TODAY = new Date("2026-11-27T12:00");
const PEER = TEMPLATES.find(({ id }) => id === "peer");
if (!PEER) throw new Error("no template for peers");

describe("documentOf", () => {
  it("has the period, the perspective and the person", () => {
    const plan = { ...firstPlan(TODAY), template: PEER, personName: " Sam " };
    expect(documentOf(plan, TODAY)).toMatchObject({
      name: "Peer review of Sam, second half of 2026",
      perspective: "PEER",
      personName: "Sam",
      timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      contextConfig: { evidenceDateRange: { start: "2026-07-01", end: "2026-12-31" } },
    });
  });

  it("keeps the typed name, and needs no period", () => {
    const plan = { ...firstPlan(TODAY), name: " Mine ", period: { start: null, end: null } };
    const { name, contextConfig, personName } = documentOf(plan, TODAY);
    expect({ name, contextConfig, personName }).toEqual({
      name: "Mine",
      contextConfig: { evidenceDateRange: {} },
      personName: null,
    });
    expect(suggestedName(plan, TODAY)).toBe("Self review");
  });
});

describe("blocksOf", () => {
  it("has a heading and a question with a limit for each section", () => {
    const blocks = blocksOf({ ...firstPlan(TODAY), template: PEER, personName: "Sam", maxCharacters: 900 });
    expect(blocks.map(({ type }) => type)).toEqual(Array(6).fill(["HEADING", "PROMPT_RESPONSE"]).flat());
    expect(blocks[1]).toEqual({
      type: "PROMPT_RESPONSE",
      prompt: "On what did Sam and I work together in this period?",
      maxCharacters: 900,
    });
  });
});
