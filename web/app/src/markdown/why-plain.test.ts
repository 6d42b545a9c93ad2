import { describe, expect, it } from "vitest";
import { whyPlain } from "./why-plain";

const lines = (count: number, line: string) => `${line}\n`.repeat(count);

describe("whyPlain", () => {
  it.each([
    [
      "a normal text",
      "# Title\n\nI **did** it.\n\n- one\n  - two\n\n> > a quote in a quote\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    ],
    ["a long rule", "-".repeat(2_000)],
    ["a code block", "```js\nlet a;\n```"],
    ["code far to the right", `${" ".repeat(200)}code`],
    ["lists of seven levels", Array.from({ length: 7 }, (_, level) => `${"    ".repeat(level)}- x`).join("\n")],
    ["a table of 200 rows", `| a | b | c |\n|---|---|---|\n${lines(200, "| 1 | 2 | 3 |")}`],
    ["two tables, divided by a line", `${lines(2, `| a |\n|---|\n${lines(400, "| 1 |")}\n`)}`],
  ])("formats %s", (_, text) => {
    expect(whyPlain(text)).toBeNull();
  });

  it.each([
    ["quotes", ">".repeat(100)],
    ["quotes with spaces", "> ".repeat(100)],
    ["lists in one line", `${"- ".repeat(100)}x`],
    ["numbered lists in one line", `${"1. ".repeat(100)}x`],
    ["lists in lists", Array.from({ length: 60 }, (_, level) => `${"  ".repeat(level)}- x`).join("\n")],
    ["lists in lists with tabs", Array.from({ length: 60 }, (_, level) => `${"\t".repeat(level)}- x`).join("\n")],
    [
      "a row of a thousand columns, and short rows",
      `${"|a".repeat(1_000)}|\n${"|-".repeat(1_000)}|\n${lines(50, "x")}`,
    ],
    ["many lines", lines(3_000, "a")],
    ["many lines of old Macs", "a\r".repeat(3_000)],
    ["many markers", "*a ".repeat(3_500)],
    ["many characters", "a".repeat(30_001)],
    ["the beginning of a code block", `${"`".repeat(3_001)}x`],
  ])("does not format %s", (_, text) => {
    expect(whyPlain(text)).not.toBeNull();
  });
});
