import type { DryRun } from "@report-builder/jobs";
import { count, duration } from "../../components/format";

/** What jobs would read, cost and take, such as “400 match · 400 read · about $0.06 · 20 s”. Empty without a job. */
export function estimateText(dryRun: DryRun): string {
  const { jobs, evidenceMatched, evidenceMatchedIsLowerBound, evidenceRead } = dryRun;
  if (jobs === 0) return "";
  return [
    jobs > 1 && `${count(jobs)} sections`,
    `${evidenceMatchedIsLowerBound ? "more than " : ""}${count(evidenceMatched)} match`,
    `${count(evidenceRead)} read`,
    aboutDollars(dryRun.estimatedCostMicroUsd),
    duration(dryRun.estimatedSeconds * 1000),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** Whether the jobs would have no evidence to write from. */
export function matchesNothing({ jobs, warnings }: DryRun): boolean {
  return jobs > 0 && warnings.some(({ code }) => code === "NO_EVIDENCE");
}

/** An estimate has no more than cents. What costs nothing has no price. */
function aboutDollars(microUsd: number): string | null {
  if (microUsd === 0) return null;
  return microUsd < 10_000 ? "less than $0.01" : `about $${(microUsd / 1_000_000).toFixed(2)}`;
}
