import type { ApiError } from "./api-error.js";
import { endNotice, failureOf, givenUpNotice, type Notice, type Notify } from "./notice.js";
import type { Job } from "./types.js";

/** Who wants to know what has become of a job. */
export interface Audience {
  /**
   * Called when the job is COMPLETED. Without `onError` it is also called in its place; then `job` is not COMPLETED,
   * or undefined if it was never seen.
   */
  onComplete: (job?: Job) => void;
  /**
   * Called with a message for the user when the job is FAILED, or when polling is given up: then `job` is the job as
   * it was seen last, or undefined if it never was.
   */
  onError?: ((message: string, job?: Job) => void) | undefined;
  /** Shows notices; null for none. Default: as the provider above has it. */
  notify?: Notify | null | undefined;
}

/** Tells that a job has ended. */
export function tellEnd(jobId: string, job: Job, audience: Audience): void {
  // A notice that cannot be shown must not keep the page waiting.
  try {
    notifyOnce("ended", jobId, endNotice(job), audience.notify);
  } finally {
    if (job.status === "COMPLETED") audience.onComplete(job);
    else tellFailure(failureOf(job), job, audience);
  }
}

/** Tells that a job is not followed any more, though it has not ended; `job` is the job as it was seen last. */
export function tellGivenUp(jobId: string, error: ApiError, job: Job | undefined, audience: Audience): void {
  try {
    notifyOnce("given up", jobId, givenUpNotice(error.message, job), audience.notify);
  } finally {
    tellFailure(error.message, job, audience);
  }
}

/** Lets no notice of a job's end be shown, unless what it returns is called. */
export function silenceEnd(jobId: string): () => void {
  const key = keyOf("ended", jobId);
  if (told.has(key)) return () => {};
  told.add(key);
  return () => {
    told.delete(key);
  };
}

type News = "ended" | "given up";

/** What this page has told its user, whichever hook it was. Ids of jobs are unique, whatever service they are of. */
const told = new Set<string>();

const keyOf = (news: News, jobId: string) => `${news} ${jobId}`;

function notifyOnce(news: News, jobId: string, notice: Notice, notify: Notify | null | undefined): void {
  const key = keyOf(news, jobId);
  if (!notify || told.has(key)) return;
  told.add(key);
  notify(notice);
}

function tellFailure(message: string, job: Job | undefined, { onComplete, onError }: Audience): void {
  if (onError) onError(message, job);
  else onComplete(job);
}
