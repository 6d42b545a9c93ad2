import { hasEnded, type JobPolling } from "@report-builder/jobs";

/** Whether polling was given up, though the job may still be under way. */
export function isLost(jobId: string | null | undefined, { job, isActive }: JobPolling): boolean {
  return Boolean(jobId) && !isActive && (job === null || !hasEnded(job));
}
