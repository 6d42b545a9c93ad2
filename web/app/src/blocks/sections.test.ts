import { describe, expect, it } from "vitest";
import { moved } from "../api/moved";
import { headingAbove, sectionsOf } from "./sections";

const block = (id: string) => ({ id, type: id.startsWith("h") ? ("HEADING" as const) : ("TEXT" as const) });
const BLOCKS = ["a", "h1", "b", "c", "h2", "h3", "d"].map(block);
const idsOf = (blocks: readonly { id: string }[]) => blocks.map(({ id }) => id).join(" ");

describe("the sections of a document", () => {
  it("go from a heading to the next one", () => {
    const sections = [...sectionsOf(BLOCKS)].map(([id, section]) => [id, idsOf(section)]);
    expect(sections).toEqual([
      ["h1", "b c"],
      ["h2", ""],
      ["h3", "d"],
    ]);
  });

  it("are found by their blocks", () => {
    expect(headingAbove(BLOCKS, "c")).toBe("h1");
    expect(headingAbove(BLOCKS, "a")).toBeNull();
    expect(headingAbove(BLOCKS, "h3")).toBeNull();
  });
});

describe("a moved block", () => {
  it.each([
    ["a", 2, "h1 b a c h2 h3 d"],
    ["d", 0, "d a h1 b c h2 h3"],
    ["b", 6, "a h1 c h2 h3 d b"],
  ])("%s stands at %d", (blockId, position, order) => {
    expect(idsOf(moved(BLOCKS, { blockId, position }))).toBe(order);
  });
});
