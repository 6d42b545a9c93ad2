import { expect, it } from "vitest";
import { fileName } from "./download";

it.each([
  ["Self review, first half of 2026", "Self review, first half of 2026.md"],
  [" a/b\\c: “d”?\n ", "a b c “d”.md"],
  ["...", "document.md"],
  ["🎉".repeat(100), `${"🎉".repeat(80)}.md`],
])("names the file of %j", (title, expected) => {
  expect(fileName(title, "md")).toBe(expected);
});
