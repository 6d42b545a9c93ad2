import { describe, expect, it } from "vitest";
import { gapsOf, passagesOf } from "./passages";

describe("passagesOf", () => {
  it("counts offsets in code points", () => {
    const text = "🎉 Done. 🎉 I made 40 things. [To add: how many people]";
    const passages = passagesOf(text, {
      sentences: 2,
      cited: 1,
      uncited: [{ start: 8, end: 27 }],
      unsupportedNumbers: [{ start: 17, end: 19, text: "40" }],
      gaps: [{ start: 28, end: 53 }],
    });
    expect(passages.map(({ kind, start, end }) => [kind, text.slice(start, end)])).toEqual([
      ["uncited", "🎉 I made 40 things."],
      ["number", "40"],
      ["gap", "[To add: how many people]"],
    ]);
    expect(gapsOf(text, passages).map(({ words }) => words)).toEqual(["how many people"]);
  });

  it("keeps a passage within the text", () => {
    const grounding = { sentences: 1, cited: 0, uncited: [{ start: 0, end: 99 }], unsupportedNumbers: [], gaps: [] };
    expect(passagesOf("One.", grounding)).toEqual([{ kind: "uncited", start: 0, end: 4 }]);
  });
});
