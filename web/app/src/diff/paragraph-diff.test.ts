import { describe, expect, it } from "vitest";
import { merge, paragraphDiff } from "./paragraph-diff";

const MINE = "# Work\n\nI led the work on payments.\n\nI helped Robin with the tests.\n\nMy notes.";
const THEIRS =
  "# Work\n\nI led all the work on card payments.\n\nI helped Robin with the tests.\n\nSomething else entirely here.\n\nOne more.";

describe("paragraphDiff", () => {
  it("pairs paragraphs with common words, and keeps others apart", () => {
    expect(paragraphDiff(MINE, THEIRS).map(({ kind, mine, theirs }) => [kind, mine.trim(), theirs.trim()])).toEqual([
      ["same", "# Work", "# Work"],
      ["changed", "I led the work on payments.", "I led all the work on card payments."],
      ["same", "I helped Robin with the tests.", "I helped Robin with the tests."],
      ["rewritten", "My notes.", "Something else entirely here.\n\nOne more."],
    ]);
  });

  it("shows a total rewrite as two texts", () => {
    expect(paragraphDiff("Мои слова.\n\nЕщё.", "Something else.").map(({ kind }) => kind)).toEqual(["rewritten"]);
  });

  it.each([
    ["an added paragraph at the end", "One a b.", "One a b.\n\nTwo c d.", 2],
    ["a removed paragraph", "One a b.\n\nTwo c d.\n\nThree e f.", "One a b.\n\nThree e f.", 3],
    ["a first paragraph in an empty text", "", "One.", 1],
    ["a code block with empty lines", "Text.", "```\na\n\n\n[b](https://c.example)\n```\n\nText.", 1],
    ["a proposal with indented code", "Text.", "One.\n \n    [b](https://c.example)\n\nText.", 1],
  ])("has rows for %s", (_, mine, theirs, count) => {
    const rows = paragraphDiff(mine, theirs);
    expect(rows).toHaveLength(count);
    expect(merge(rows, () => false)).toBe(mine);
    expect(merge(rows, () => true)).toBe(theirs);
  });

  it("gives up on pairs in a very long text", () => {
    const long = (word: string) => Array.from({ length: 300 }, (_, index) => `${word} ${index}`).join("\n\n");
    expect(paragraphDiff(long("a"), long("b"))).toHaveLength(1);
  });
});

describe("merge", () => {
  it("takes one paragraph and keeps the empty lines between all", () => {
    const rows = paragraphDiff(MINE, THEIRS);
    expect(merge(rows, (row) => row === rows[1])).toBe(
      "# Work\n\nI led all the work on card payments.\n\nI helped Robin with the tests.\n\nMy notes.",
    );
    expect(merge(rows, (row) => row.kind === "rewritten")).toBe(
      "# Work\n\nI led the work on payments.\n\nI helped Robin with the tests.\n\nSomething else entirely here.\n\nOne more.",
    );
  });
});
