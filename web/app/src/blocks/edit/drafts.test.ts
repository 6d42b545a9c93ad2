import { describe, expect, it } from "vitest";
import { changesOf, conflictsOf, type Draft } from "./drafts";

const before = { prompt: "Why?", content: "Because.", maxCharacters: "" };
const draft: Draft = { ...before, content: "Mine.", version: 1, before };

describe("an unsaved edit", () => {
  it("changes only the texts that the user has changed", () => {
    expect(changesOf(draft)).toEqual({ content: "Mine." });
    expect(changesOf({ ...draft, ...before })).toEqual({});
  });

  it.each([
    ["changes another text", { ...before, prompt: "How?" }, []],
    ["makes the same change", { ...before, content: "Mine." }, []],
    [
      "makes a different change",
      { ...before, content: "Theirs." },
      [{ name: "content", mine: "Mine.", theirs: "Theirs." }],
    ],
  ])("has the expected conflicts with a newer version that %s", (_, newer, conflicts) => {
    expect(conflictsOf(draft, newer)).toEqual(conflicts);
  });
});
