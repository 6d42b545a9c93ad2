import { hasEnded, type Job } from "./types.js";

/**
 * Takes `updates` into `jobs`, one job per block. A newer job of a block replaces the older one in its place. Job ids
 * sort by time of creation. An ended job stays ended, because an older answer may arrive late. Jobs without a change
 * stay the same objects, and `jobs` is returned itself if no job has changed.
 */
export function mergeJobs(jobs: Job[], updates: readonly Job[]): Job[] {
  const byBlock = new Map(jobs.map((job) => [blockOf(job), job]));
  const changes = updates.filter((update) => {
    const known = byBlock.get(blockOf(update));
    if (known !== undefined && !replaces(update, known)) return false;
    byBlock.set(blockOf(update), update);
    return true;
  });
  return changes.length > 0 ? [...byBlock.values()] : jobs;
}

/** True if a job has not ended. */
export function isInFlight(job: Job): boolean {
  return !hasEnded(job);
}

export function idsOf(jobs: readonly Job[]): Set<string> {
  return new Set(jobs.map(({ jobId }) => jobId));
}

function replaces(update: Job, known: Job): boolean {
  if (update.jobId !== known.jobId) return update.jobId > known.jobId;
  return isInFlight(known) && JSON.stringify(update) !== JSON.stringify(known);
}

/** A job without a block stands for itself. */
function blockOf({ blockId, jobId }: Job): string {
  return blockId ?? jobId;
}
