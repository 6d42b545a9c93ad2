import { describe, expect, it } from "vitest";
import { dollars, duration, humanize } from "./format";

describe("duration", () => {
  it.each([
    [-5, "0.0 s"],
    [420, "0.4 s"],
    [12_400, "12 s"],
    [185_000, "3 min 5 s"],
    [7_800_000, "2 h 10 min"],
  ])("writes %d ms as %s", (milliseconds, expected) => {
    expect(duration(milliseconds)).toBe(expected);
  });
});

describe("dollars", () => {
  it.each([
    [5_531, "$0.0055"],
    [12_345_678, "$12.35"],
  ])("writes %d millionths as %s", (microUsd, expected) => {
    expect(dollars(microUsd)).toBe(expected);
  });
});

describe("humanize", () => {
  it("writes a constant as words", () => {
    expect(humanize("TIMED_OUT")).toBe("Timed out");
  });
});
