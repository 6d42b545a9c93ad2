import type { DryRun } from "@report-builder/jobs";
import { describe, expect, it } from "vitest";
import { estimateText, matchesNothing } from "./estimate-text";

const DRY_RUN: DryRun = {
  jobs: 1,
  evidenceMatched: 400,
  evidenceMatchedIsLowerBound: false,
  evidenceRead: 400,
  evidenceOmitted: 0,
  goalsRead: 0,
  reviewsRead: 0,
  estimatedInputTokens: 20_000,
  estimatedOutputTokens: 1_000,
  estimatedCostMicroUsd: 61_000,
  estimatedSeconds: 20,
  warnings: [],
};

describe("estimateText", () => {
  it.each<[string, Partial<DryRun>]>([
    ["400 match · 400 read · about $0.06 · 20 s", {}],
    ["400 match · 400 read · 20 s", { estimatedCostMicroUsd: 0 }],
    ["400 match · 400 read · less than $0.01 · 20 s", { estimatedCostMicroUsd: 9_999 }],
    [
      "6 sections · more than 2,000 match · 500 read · about $1.20 · 1 min 30 s",
      {
        jobs: 6,
        evidenceMatched: 2000,
        evidenceMatchedIsLowerBound: true,
        evidenceRead: 500,
        estimatedCostMicroUsd: 1_200_000,
        estimatedSeconds: 90,
      },
    ],
    ["", { jobs: 0 }],
  ])("writes %j", (text, fields) => {
    expect(estimateText({ ...DRY_RUN, ...fields })).toBe(text);
  });
});

describe("matchesNothing", () => {
  it("is true only for jobs that would be created without evidence", () => {
    const warnings = [{ code: "NO_EVIDENCE" as const, detail: "No evidence matches." }];
    expect(matchesNothing({ ...DRY_RUN, warnings })).toBe(true);
    expect(matchesNothing({ ...DRY_RUN, warnings, jobs: 0 })).toBe(false);
    expect(matchesNothing(DRY_RUN)).toBe(false);
  });
});
