import type { ApiError } from "./api-error.js";
import { endNotice, failureMessage, type Notice, type Notify, pollingStoppedNotice } from "./notice.js";
import type { Job } from "./types.js";

export interface JobCallbacks {
  /**
   * Called when the job is COMPLETED. Without `onError` it is also called in place of `onError`. It gets no arguments,
   * so a function with optional parameters fits, such as `reload(quiet?: boolean)`.
   */
  onComplete: () => void;
  /** Called with a message for the user when the job is FAILED or polling stops. */
  onError?: ((message: string) => void) | undefined;
  /** Called after the other callbacks when the job is COMPLETED or FAILED, but not when polling stops. */
  onEnd?: ((job: Job) => void) | undefined;
  /** Shows notices. Null shows none. Default: `notify` of the nearest `JobsProvider`. */
  notify?: Notify | null | undefined;
}

/** Shows the notice of an ended job and calls the callbacks. If one of them throws, the others still run. */
export function notifyEnded(jobId: string, job: Job, callbacks: JobCallbacks): void {
  try {
    notifyOnce("ended", jobId, endNotice(job), callbacks.notify);
  } finally {
    try {
      if (job.status === "COMPLETED") callbacks.onComplete();
      else callOnError(failureMessage(job), callbacks);
    } finally {
      callbacks.onEnd?.(job);
    }
  }
}

/** Shows a notice and calls `onError` when polling stops before the job has ended. `job` is its last known state. */
export function notifyPollingStopped(
  jobId: string,
  error: ApiError,
  job: Job | undefined,
  callbacks: JobCallbacks,
): void {
  try {
    notifyOnce("polling stopped", jobId, pollingStoppedNotice(error.message, job), callbacks.notify);
  } finally {
    callOnError(error.message, callbacks);
  }
}

/** Allows one more notice if polling of this job stops again. */
export function resetStoppedNotice(jobId: string): void {
  shownNotices.delete(keyOf("polling stopped", jobId));
}

/** Suppresses the end notice of this job on this page. Call the returned function to undo. */
export function suppressEndedNotice(jobId: string): () => void {
  const key = keyOf("ended", jobId);
  if (shownNotices.has(key)) return () => {};
  shownNotices.add(key);
  return () => {
    shownNotices.delete(key);
  };
}

type NoticeReason = "ended" | "polling stopped";

/**
 * The notices that this page has shown or suppressed, for all hooks together. Two hooks on one job therefore show one
 * notice. Job ids are UUIDs, so the ids of two services do not collide.
 */
const shownNotices = new Set<string>();

const keyOf = (reason: NoticeReason, jobId: string) => `${reason} ${jobId}`;

function notifyOnce(reason: NoticeReason, jobId: string, notice: Notice, notify: Notify | null | undefined): void {
  const key = keyOf(reason, jobId);
  if (!notify || shownNotices.has(key)) return;
  shownNotices.add(key);
  notify(notice);
}

function callOnError(message: string, { onComplete, onError }: JobCallbacks): void {
  if (onError) onError(message);
  else onComplete();
}
