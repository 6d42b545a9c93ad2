import { describe, expect, it } from "vitest";
import { toggled } from "./instructions";

describe("toggled", () => {
  it.each([
    ["", "Shorter."],
    ["Mention Robin.", "Mention Robin.\nShorter."],
    ["Shorter.", ""],
    ["Mention Robin.\nShorter.\nPlainer.", "Mention Robin.\nPlainer."],
  ])("adds or removes an instruction in %j", (before, after) => {
    expect(toggled(before, "Shorter.")).toBe(after);
  });
});
