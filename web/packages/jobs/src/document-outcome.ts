import type { ApiError } from "./api-error.js";
import { documentEndNotice, followingStoppedNotice } from "./document-notice.js";
import { idsOf, isInFlight } from "./followed-jobs.js";
import type { Notify } from "./notice.js";
import {
  claimEndedNotice,
  isEndedNoticeSuppressed,
  isolated,
  notifyStoppedOnce,
  resetStoppedNotice,
  suppressEndedNotice,
} from "./outcome.js";
import { forgetJob, nameOfWrite, rememberJob } from "./remembered-jobs.js";
import type { Job } from "./types.js";

export interface DocumentJobsCallbacks {
  /** Called once for each job when it is COMPLETED or FAILED. Not called for a job that a newer job has replaced. */
  onJobEnd?: ((job: Job) => void) | undefined;
  /** Called after the other callbacks when all followed jobs have ended, with all of them. */
  onEnd?: ((jobs: Job[]) => void) | undefined;
  /** Shows notices. Null shows none. Default: `notify` of the nearest `JobsProvider`. */
  notify?: Notify | null | undefined;
}

/**
 * Shows the notices of a document's jobs and calls the callbacks.
 *
 * There is one notice for all jobs at the end. So the end notice of each job is claimed as long as the job is followed,
 * and another hook on that job shows none. Of two hooks on one document, only one gets the claims and shows the notice.
 */
export class DocumentOutcome {
  readonly #documentId: string;
  readonly #callbacks: () => DocumentJobsCallbacks;
  /** The claimed end notices: the functions that give them back, by job id. */
  readonly #claims = new Map<string, () => void>();

  constructor(documentId: string, callbacks: () => DocumentJobsCallbacks) {
    this.#documentId = documentId;
    this.#callbacks = callbacks;
  }

  /** Remembers the jobs in flight for a reload, and claims the end notices of all. */
  follow(jobs: readonly Job[]): void {
    for (const job of jobs.filter(isInFlight)) {
      const name = nameOfWrite(job);
      if (name) rememberJob(name, job);
    }
    if (!this.#callbacks().notify) return;
    for (const { jobId } of jobs) {
      const release = claimEndedNotice(jobId);
      if (release) this.#claims.set(jobId, release);
    }
  }

  /** Gives back the claims on jobs that have not ended. */
  unfollow(jobs: readonly Job[]): void {
    for (const { jobId } of jobs.filter(isInFlight)) {
      this.#claims.get(jobId)?.();
      this.#claims.delete(jobId);
    }
  }

  /**
   * Suppresses all notices about the end of these jobs, on the whole page. The returned function takes the jobs that
   * were cancelled, and undoes this for the others.
   */
  suppress(jobs: readonly Job[]): (cancelled: readonly Job[]) => void {
    const suppressed = new Map(jobs.map(({ jobId }) => [jobId, suppressEndedNotice(jobId)]));
    return (cancelled) => {
      const cancelledIds = idsOf(cancelled);
      for (const jobId of cancelledIds) if (!suppressed.has(jobId)) suppressEndedNotice(jobId);
      for (const [jobId, undo] of suppressed) if (!cancelledIds.has(jobId)) undo();
    };
  }

  /** `ended` have ended now. `all` are all followed jobs if none is left, or null. */
  jobsEnded(ended: readonly Job[], all: Job[] | null): void {
    const { notify, onJobEnd, onEnd } = this.#callbacks();
    if (all) for (const { jobId } of all) forgetJob(jobId);
    const calls = ended.map((job) => () => onJobEnd?.(job));
    if (all) {
      calls.unshift(() => this.#notifyEnd(all, notify));
      calls.push(() => onEnd?.(all));
    }
    for (const call of calls) void isolated(call);
  }

  /** Following has stopped before these jobs have ended. */
  stopped(error: ApiError, jobs: Job[]): void {
    notifyStoppedOnce(this.#documentId, followingStoppedNotice(error.message, jobs), this.#callbacks().notify);
  }

  /** Allows one more notice if following stops again. */
  restarted(): void {
    resetStoppedNotice(this.#documentId);
  }

  #notifyEnd(all: Job[], notify: Notify | null | undefined): void {
    const told = all.filter(({ jobId }) => !isEndedNoticeSuppressed(jobId));
    if (notify && told.some(({ jobId }) => this.#claims.has(jobId))) notify(documentEndNotice(told));
  }
}
