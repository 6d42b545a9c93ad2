import { describe, expect, it } from "vitest";
import { changesOf, conflictsOf, type Draft } from "./drafts";

const before = { prompt: "Why?", content: "Because." };
const draft: Draft = { prompt: "Why?", content: "Mine.", version: 1, before };

describe("an unsaved edit", () => {
  it("changes only what the reader has changed", () => {
    expect(changesOf(draft)).toEqual({ content: "Mine." });
    expect(changesOf({ ...draft, ...before })).toEqual({});
  });

  it.each([
    ["is of another text", { ...before, prompt: "How?" }, []],
    ["comes to the same", { ...before, content: "Mine." }, []],
    ["differs", { ...before, content: "Theirs." }, [{ name: "content", mine: "Mine.", theirs: "Theirs." }]],
  ])("and a change that %s", (_, newer, conflicts) => {
    expect(conflictsOf(draft, newer)).toEqual(conflicts);
  });
});
