import type { Job } from "@report-builder/jobs";

/** Milliseconds that a job waited for a worker; up to `now` if it still waits. */
export function waitMs(job: Job, now: number): number {
  const end = job.startedAt ?? job.completedAt;
  return (end === null ? now : Date.parse(end)) - Date.parse(job.createdAt);
}

/** Milliseconds that it ran, over all attempts; `null` if it never did. */
export function runMs(job: Job, now: number): number | null {
  if (job.startedAt === null) return null;
  return (job.completedAt === null ? now : Date.parse(job.completedAt)) - Date.parse(job.startedAt);
}
