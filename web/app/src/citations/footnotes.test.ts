import type { Citation } from "@report-builder/jobs";
import { describe, expect, it } from "vitest";
import { footnotesOf } from "./footnotes";

function citation(start: number, end: number, sourceId: string, citedText = "words"): Citation {
  return { start, end, sourceType: "EVIDENCE", field: "summary", sourceId, citedText };
}

describe("footnotesOf", () => {
  it("counts offsets in code points, also after emoji", () => {
    const text = "🎉🎉 done. More.";
    const { marks } = footnotesOf(text, [citation(0, 8, "a")]);
    expect(marks).toEqual([{ index: 10, number: 1 }]);
    expect(text.slice(0, 10)).toBe("🎉🎉 done.");
  });

  it("numbers sources by their first mention, and a source that is cited again keeps its number", () => {
    const { footnotes, marks } = footnotesOf("One. Two. Three.", [
      citation(10, 16, "a", "again"),
      citation(5, 9, "b"),
      citation(0, 4, "a"),
    ]);
    expect(marks).toEqual([
      { index: 4, number: 1 },
      { index: 9, number: 2 },
      { index: 16, number: 1 },
    ]);
    expect(footnotes.map(({ sourceId, quotes }) => [sourceId, quotes])).toEqual([
      ["a", ["words", "again"]],
      ["b", ["words"]],
    ]);
  });

  it("puts a mark after the last word, not after the line break that follows it", () => {
    expect(footnotesOf("One.\n\nTwo.", [citation(0, 6, "a")]).marks).toEqual([{ index: 4, number: 1 }]);
  });

  it("keeps a mark whose end is beyond the end of the text", () => {
    expect(footnotesOf("One.", [citation(0, 99, "a")]).marks).toEqual([{ index: 4, number: 1 }]);
  });
});
