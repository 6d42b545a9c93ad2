import type { ApiError } from "./api-error.js";
import { endNotice, failureOf, givenUpNotice, type Notice, type Notify } from "./notice.js";
import type { Job } from "./types.js";

/** Who wants to know what has become of a job. */
export interface Audience {
  /**
   * Called when the job is COMPLETED; without `onError` also in its place. It gets no arguments, so any function will
   * do whose parameters are optional, such as `reload(quiet?: boolean)`.
   */
  onComplete: () => void;
  /** Called with a message for the user when the job is FAILED, or when polling is given up. */
  onError?: ((message: string) => void) | undefined;
  /** Called with the job after the others when it is COMPLETED or FAILED, not when polling is given up. */
  onEnd?: ((job: Job) => void) | undefined;
  /** Shows notices; null for none. Default: as the provider above has it. */
  notify?: Notify | null | undefined;
}

/** Tells that a job has ended. */
export function tellEnd(jobId: string, job: Job, audience: Audience): void {
  // What one of them throws must not keep the page waiting.
  try {
    notifyOnce("ended", jobId, endNotice(job), audience.notify);
  } finally {
    try {
      if (job.status === "COMPLETED") audience.onComplete();
      else tellFailure(failureOf(job), audience);
    } finally {
      audience.onEnd?.(job);
    }
  }
}

/** Tells that a job is not followed any more, though it has not ended; `job` is the job as it was seen last. */
export function tellGivenUp(jobId: string, error: ApiError, job: Job | undefined, audience: Audience): void {
  try {
    notifyOnce("given up", jobId, givenUpNotice(error.message, job), audience.notify);
  } finally {
    tellFailure(error.message, audience);
  }
}

/** Has the page told again when polling of a job is given up, though it was told before. */
export function forgetGivenUp(jobId: string): void {
  told.delete(keyOf("given up", jobId));
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

function tellFailure(message: string, { onComplete, onError }: Audience): void {
  if (onError) onError(message);
  else onComplete();
}
