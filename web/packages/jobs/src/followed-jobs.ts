import { intervalOf } from "./poller.js";
import { hasEnded, type Job } from "./types.js";

/** The live text of a block is at most this old, in milliseconds, however old the jobs are. */
const MAX_TEXT_AGE_MS = 3000;

/**
 * Takes `updates` into `jobs`, one job per block. A newer job of a block replaces the older one in its place. Job ids
 * sort by time of creation. An ended job stays ended, because an older answer may arrive late. Jobs without a change
 * stay the same objects, and `jobs` is returned itself if no job has changed. A known prompt is kept, because some
 * answers leave it out.
 */
export function mergeJobs(jobs: Job[], updates: readonly Job[]): Job[] {
  const byBlock = new Map(jobs.map((job) => [blockOf(job), job]));
  let hasChanged = false;
  for (const update of updates) {
    const known = byBlock.get(blockOf(update));
    const job = withKnownPrompt(update, known);
    if (known !== undefined && !replaces(job, known)) continue;
    byBlock.set(blockOf(job), job);
    hasChanged = true;
  }
  return hasChanged ? [...byBlock.values()] : jobs;
}

/** True if a job has not ended. */
export function isInFlight(job: Job): boolean {
  return !hasEnded(job);
}

export function idsOf(jobs: readonly Job[]): Set<string> {
  return new Set(jobs.map(({ jobId }) => jobId));
}

/** Milliseconds until the next list of these jobs. */
export function listIntervalOf(
  jobs: readonly Job[],
  pollInterval: number | undefined,
  retryAfterMs: number | null,
): number {
  const waits = jobs.flatMap(({ pollAfterMs }) => (pollAfterMs ? [pollAfterMs] : []));
  const pollAfterMs = waits.length > 0 ? Math.min(...waits, MAX_TEXT_AGE_MS) : null;
  return intervalOf({ pollInterval, pollAfterMs, retryAfterMs });
}

function replaces(update: Job, known: Job): boolean {
  if (update.jobId !== known.jobId) return update.jobId > known.jobId;
  return isInFlight(known) && JSON.stringify(update) !== JSON.stringify(known);
}

/** The prompt of a job never changes. */
function withKnownPrompt(update: Job, known: Job | undefined): Job {
  if (known?.jobId !== update.jobId || known.prompt == null || update.prompt != null) return update;
  return { ...update, prompt: known.prompt };
}

/** A job without a block stands for itself. */
function blockOf({ blockId, jobId }: Job): string {
  return blockId ?? jobId;
}
