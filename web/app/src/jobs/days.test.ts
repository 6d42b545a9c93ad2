import { describe, expect, it } from "vitest";
import { sumsByDay } from "./days";

function usage(tokens: number, costMicroUsd: number) {
  return {
    inputTokens: tokens,
    outputTokens: tokens,
    cacheReadInputTokens: tokens,
    cacheCreationInputTokens: tokens,
    costMicroUsd,
  };
}

/** A timestamp in the local time zone of the test run. */
const at = (day: number, hour: number) => new Date(2026, 6, day, hour).toISOString();

describe("sumsByDay", () => {
  const today = new Date(2026, 6, 8, 12);

  it("sums all tokens and the cost by day in the user's time zone, with the days between", () => {
    const jobs = [
      { createdAt: at(3, 0), usage: usage(10, 1_500_000) },
      { createdAt: at(1, 23), usage: usage(1, 250_000) },
      { createdAt: at(1, 0), usage: usage(2, 250_000) },
    ];
    const days = sumsByDay(jobs, today);
    expect(days.slice(0, 3)).toEqual([
      { date: "2026-07-01", tokens: 12, cost: 0.5 },
      { date: "2026-07-02", tokens: 0, cost: 0 },
      { date: "2026-07-03", tokens: 40, cost: 1.5 },
    ]);
    expect(days.map(({ date }) => date.slice(-2))).toEqual(["01", "02", "03", "04", "05", "06", "07", "08"]);
  });

  it("has a week at least, until today", () => {
    const days = sumsByDay([{ createdAt: at(8, 0), usage: usage(10, 1) }], today);
    expect(days.map(({ date }) => date.slice(-2))).toEqual(["02", "03", "04", "05", "06", "07", "08"]);
  });

  it("has each day once, also if a clock is changed", () => {
    const jobs = [{ createdAt: new Date(2026, 0, 1).toISOString(), usage: usage(1, 1) }];
    const dates = sumsByDay(jobs, new Date(2026, 11, 31)).map(({ date }) => date);
    expect(dates).toHaveLength(365);
    expect(new Set(dates).size).toBe(365);
  });

  it("is empty without usage", () => {
    expect(sumsByDay([{ createdAt: at(1, 0), usage: null }])).toEqual([]);
  });
});
