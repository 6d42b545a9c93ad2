import { ApiError } from "./api-error.js";
import type { JobsClient } from "./create-client.js";
import { cancelJob } from "./job-requests.js";
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

/** Calls a function of the app. An error in it is an unhandled rejection, and does not disturb the caller. */
export async function isolated(call: () => void): Promise<void> {
  call();
}

/** Shows the notice of an ended job and calls the callbacks. */
export function notifyEnded(jobId: string, job: Job, callbacks: JobCallbacks): void {
  void isolated(() => {
    if (!isEndedNoticeSuppressed(jobId)) notifyOnce("ended", jobId, endNotice(job), callbacks.notify);
  });
  void isolated(() => {
    if (job.status === "COMPLETED") callbacks.onComplete();
    else callOnError(failureMessage(job), callbacks);
  });
  void isolated(() => callbacks.onEnd?.(job));
}

/** Shows a notice and calls `onError` when polling stops before the job has ended. `job` is its last known state. */
export function notifyPollingStopped(
  jobId: string,
  error: ApiError,
  job: Job | undefined,
  callbacks: JobCallbacks,
): void {
  void isolated(() => notifyStoppedOnce(jobId, pollingStoppedNotice(error.message, job), callbacks.notify));
  void isolated(() => callOnError(error.message, callbacks));
}

/** Cancels a job without a notice of its end. Resolves to null if the job has ended before or is not returned. */
export async function cancelQuietly(client: JobsClient, jobId: string): Promise<Job | null> {
  const allowNotice = suppressEndedNotice(jobId);
  try {
    return await cancelJob(client, jobId);
  } catch (error) {
    allowNotice();
    if (error instanceof ApiError && error.status === 409) return null;
    throw error;
  }
}

/** Shows a notice that polling has stopped. `id` is the job, or the document whose jobs were polled. */
export function notifyStoppedOnce(id: string, notice: Notice, notify: Notify | null | undefined): void {
  notifyOnce("stopped", id, notice, notify);
}

/** Allows one more notice if polling of this job or document stops again. */
export function resetStoppedNotice(id: string): void {
  shownNotices.delete(keyOf("stopped", id));
}

/** Suppresses the end notice of this job on this page. Call the returned function to undo. */
export function suppressEndedNotice(jobId: string): () => void {
  if (suppressedJobIds.has(jobId)) return () => {};
  suppressedJobIds.add(jobId);
  return () => {
    suppressedJobIds.delete(jobId);
  };
}

export function isEndedNoticeSuppressed(jobId: string): boolean {
  return suppressedJobIds.has(jobId);
}

/**
 * Lets the caller show the end of this job in its own notice, in place of the end notice. Returns the function that
 * gives the claim back, or null if the end notice has been shown or claimed before.
 */
export function claimEndedNotice(jobId: string): (() => void) | null {
  const key = keyOf("ended", jobId);
  if (shownNotices.has(key)) return null;
  shownNotices.add(key);
  return () => {
    shownNotices.delete(key);
  };
}

type NoticeReason = "ended" | "stopped";

/** The jobs that the user has cancelled on this page. */
const suppressedJobIds = new Set<string>();

/**
 * The notices that this page has shown or that are claimed, for all hooks together. Two hooks on one job therefore show
 * one notice. Ids are UUIDs, so the ids of two services do not collide.
 */
const shownNotices = new Set<string>();

const keyOf = (reason: NoticeReason, id: string) => `${reason} ${id}`;

function notifyOnce(reason: NoticeReason, id: string, notice: Notice, notify: Notify | null | undefined): void {
  const key = keyOf(reason, id);
  if (!notify || shownNotices.has(key)) return;
  shownNotices.add(key);
  notify(notice);
}

function callOnError(message: string, { onComplete, onError }: JobCallbacks): void {
  if (onError) onError(message);
  else onComplete();
}
