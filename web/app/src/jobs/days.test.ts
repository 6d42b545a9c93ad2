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
  it("sums all tokens and the cost by day in the user's time zone, oldest day first", () => {
    const jobs = [
      { createdAt: at(2, 0), usage: usage(10, 1_500_000) },
      { createdAt: at(1, 23), usage: usage(1, 250_000) },
      { createdAt: at(1, 0), usage: usage(2, 250_000) },
    ];
    expect(sumsByDay(jobs)).toEqual([
      { date: "2026-07-01", tokens: 12, cost: 0.5 },
      { date: "2026-07-02", tokens: 40, cost: 1.5 },
    ]);
  });

  it("omits jobs without usage", () => {
    expect(sumsByDay([{ createdAt: at(1, 0), usage: null }])).toEqual([]);
  });
});
