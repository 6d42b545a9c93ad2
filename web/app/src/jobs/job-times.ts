import type { Job } from "@report-builder/jobs";

/** Milliseconds that a job waited for a worker, or has waited until `now`. */
export function waitMs(job: Job, now: number): number {
  const end = job.startedAt ?? job.completedAt;
  return (end === null ? now : Date.parse(end)) - Date.parse(job.createdAt);
}

/** Milliseconds from the start of a job to its end, or to `now`, over all attempts. Null if it has not started. */
export function runMs(job: Job, now: number): number | null {
  if (job.startedAt === null) return null;
  return (job.completedAt === null ? now : Date.parse(job.completedAt)) - Date.parse(job.startedAt);
}
