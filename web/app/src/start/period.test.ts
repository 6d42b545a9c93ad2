import { describe, expect, it } from "vitest";
import { nameOfPeriod, periodsOn, usualPeriodOn } from "./period";

describe("usualPeriodOn", () => {
  it.each([
    ["2026-01-15", "second half of 2025"],
    ["2026-02-28", "second half of 2025"],
    ["2026-03-01", "first half of 2026"],
    ["2026-06-30", "first half of 2026"],
    ["2026-08-31", "first half of 2026"],
    ["2026-11-27", "second half of 2026"],
  ])("is, on %s, the %s", (day, expected) => {
    const today = new Date(`${day}T12:00`);
    expect(nameOfPeriod(usualPeriodOn(today), today)).toBe(expected);
  });
});

describe("periodsOn", () => {
  it("has the halves and the years around a day", () => {
    const periods = periodsOn(new Date("2026-03-10T12:00")).map(({ start, end }) => `${start} ${end}`);
    expect(periods).toEqual([
      "2026-01-01 2026-06-30",
      "2025-07-01 2025-12-31",
      "2026-01-01 2026-12-31",
      "2025-01-01 2025-12-31",
    ]);
  });
});

it("has no name for another period", () => {
  expect(nameOfPeriod({ start: "2026-01-02", end: null }, new Date("2026-03-10T12:00"))).toBe("");
});
