/**
 * Polls one job until it ends.
 *
 * The problem. A job takes seconds to minutes, and the service offers no stream of events, so a page has to poll. A
 * plain `setInterval` with `fetch` fails in many ways:
 *
 * - The answer takes longer than the interval, so requests overlap and an older answer can overwrite a newer one.
 * - The tab is hidden for an hour and sends thousands of requests for a page that is not visible.
 * - The network is gone for a moment, and one failed request ends the polling. Or the service is overloaded, and all
 *   clients retry at the same time.
 * - The clock of the computer is wrong or changes, and "retry at 10:00" is reached years too late.
 * - The component unmounts while a request is in flight, or React mounts it twice (StrictMode).
 * - The user cancels the job, and the answer of an earlier poll brings the running job back on the screen.
 *
 * The design. A `JobPoller` is an external store for `useSyncExternalStore`. It polls while it has a listener. At any
 * time it has at most one timer and one request. The timer of the next poll starts when the answer of the last poll has
 * arrived, so requests cannot overlap.
 *
 * - Pace: the first poll is immediate. After that the caller's `pollInterval` decides. Without it, the longer of the
 *   job's `pollAfterMs` and the `Retry-After` header decides. Without both, the interval is 2 s.
 * - Size: a poll sends the last `ETag`. A 304 has no body, changes no state and renders nothing.
 * - Hidden tabs: a hidden page has no timer. A request that is in flight may finish. The page polls immediately when it
 *   is visible again.
 * - Failures: network failures, timeouts (30 s), unreadable answers and the statuses 408, 429 and 5xx are retried with
 *   exponential backoff and full jitter, up to 30 s. Five consecutive failures are retried. The sixth stops the
 *   polling. Any other error, such as 401 or 404, stops it immediately, because a retry gets the same answer. While the
 *   browser is offline, network failures never stop the polling. The `online` event resets their count and polls
 *   immediately.
 * - `Retry-After` of a failed request is a lower limit. Neither a visible page nor a restored network polls earlier.
 * - Clocks: all waits are durations on `performance.now()`, which no change of the computer's clock affects.
 *   `retry-after.ts` turns a date in the header into a duration. It uses the server's clock from the `Date` header.
 * - Unmount: when the last listener leaves, the poller clears its timer and aborts its request. A late answer is
 *   dropped because its controller is no longer the current one. Even an immediate poll goes through a timer, so the
 *   mount, unmount and mount of StrictMode sends one request.
 * - Cancel: `suspend` drops the poll in flight before the DELETE is sent. `setJob` takes the job from the DELETE's
 *   answer. If the DELETE fails, `resume` continues the polling.
 *
 * Why not otherwise. A query library such as TanStack Query has a `refetchInterval`. An app
 * that only polls jobs would have to install the library, and the suspension during a cancel, the limit of failures and
 * the end callback would have to be written around it.
 *
 * Notices and callbacks do not belong here. The poller reports an ended job or stopped polling to its owner, and
 * `outcome.ts` decides what the user sees.
 */

import { ApiError, isTransient } from "./api-error.js";
import { withTimeout } from "./request-timeout.js";
import { hasEnded, type Job } from "./types.js";

/** Milliseconds between two polls if neither the caller nor the service sets an interval. */
const DEFAULT_INTERVAL_MS = 2000;
/** Consecutive failures that are retried. The next failure stops the polling. */
const MAX_CONSECUTIVE_FAILURES = 5;
const MAX_BACKOFF_MS = 30_000;
/** The longest delay that `setTimeout` supports. It runs a timer with a longer delay immediately. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface PollResult {
  /** The job, or null if it has not changed since `etag` (status 304). */
  job: Job | null;
  etag: string | null;
  /** Milliseconds from the `Retry-After` header, or null without the header. */
  retryAfterMs: number | null;
}

export interface PollerOptions {
  /** Fetches the job. An error that is not an `ApiError` is retried like a network failure. */
  read(etag: string | null, signal: AbortSignal): Promise<PollResult>;
  /** Milliseconds between two polls. Undefined, 0 and negative values leave the interval to the service. */
  pollInterval(): number | undefined;
  /** Called once when the job has ended, but not if the last listener has left before. */
  onEnd(job: Job): void;
  /** Called when polling stops before the job has ended. `job` is the last known state, if there is one. */
  onPollingStopped(error: ApiError, job: Job | undefined): void;
}

export interface PollerState {
  /** The last known state of the job, or null before the first answer. */
  job: Job | null;
  /** False once the job has ended or polling has stopped. */
  isActive: boolean;
}

/** Polls one job from the first subscription until the job ends. See the top of this file. */
export class JobPoller {
  readonly #options: PollerOptions;
  readonly #listeners = new Set<() => void>();
  #state: PollerState = { job: null, isActive: true };
  /** The poll in flight. An answer is used only if its controller is still this one. */
  #request: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSuspended = false;
  #etag: string | null = null;
  /** Consecutive failures since the last answer. */
  #failures = 0;
  /** Earliest time of the next poll on `performance.now()`, set by `Retry-After` of a failed request. */
  #notBefore = 0;

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  readonly getState = (): PollerState => this.#state;

  /** Calls `listener` on each change of the state. Returns the function that unsubscribes. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  /** Pauses polling until {@link resume} or {@link setJob}. Without it, a late poll could undo a cancel. */
  suspend(): void {
    this.#isSuspended = true;
    this.#abortPoll();
  }

  /** Ends a suspension and polls immediately. */
  resume(): void {
    this.#isSuspended = false;
    this.#pollAfter(0);
  }

  /**
   * Starts again after polling has stopped, with a fresh count of failures. Returns false and does nothing if the job
   * is still polled or has ended.
   */
  restart(): boolean {
    const { job, isActive } = this.#state;
    if (isActive || (job && hasEnded(job))) return false;
    this.#failures = 0;
    this.#setState({ job, isActive: true });
    if (this.#listeners.size > 0) this.#start();
    return true;
  }

  /** Ends a suspension with the job from another answer, such as that of a cancel. */
  setJob(job: Job): void {
    this.#isSuspended = false;
    if (this.#state.isActive) this.#handleResult({ job, etag: null, retryAfterMs: null });
  }

  #start(): void {
    document.addEventListener("visibilitychange", this.#onVisibilityChange);
    window.addEventListener("online", this.#onOnline);
    this.#pollAfter(0);
  }

  #stop(): void {
    document.removeEventListener("visibilitychange", this.#onVisibilityChange);
    window.removeEventListener("online", this.#onOnline);
    this.#abortPoll();
  }

  #abortPoll(): void {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = null;
  }

  readonly #onVisibilityChange = (): void => this.#pollAfter(0);

  readonly #onOnline = (): void => {
    this.#failures = 0;
    this.#pollAfter(0);
  };

  /** Schedules the next poll and replaces the scheduled one. Does nothing while a poll is in flight. */
  #pollAfter(delayMs: number): void {
    clearTimeout(this.#timer);
    const isIdle = this.#listeners.size === 0 || this.#isSuspended || !this.#state.isActive;
    if (isIdle || this.#request !== null || document.visibilityState === "hidden") return;
    const delay = Math.max(delayMs, this.#notBefore - performance.now());
    this.#timer = setTimeout(() => void this.#poll(), Math.min(delay, MAX_TIMER_MS));
  }

  async #poll(): Promise<void> {
    const request = new AbortController();
    this.#request = request;
    let result: PollResult;
    try {
      result = await withTimeout((signal) => this.#options.read(this.#etag, signal), request);
    } catch (error) {
      if (this.#request === request) this.#handleFailure(error);
      return;
    }
    if (this.#request === request) this.#handleResult(result);
  }

  #handleResult({ job, etag, retryAfterMs }: PollResult): void {
    this.#request = null;
    this.#failures = 0;
    // Listeners may unsubscribe when the state changes.
    const hadListeners = this.#listeners.size > 0;
    if (job) {
      this.#etag = etag;
      this.#setState({ job, isActive: !hasEnded(job) });
    }
    if (this.#state.isActive) this.#pollAfter(this.#interval(retryAfterMs));
    else if (job && hadListeners) this.#options.onEnd(job);
  }

  #handleFailure(cause: unknown): void {
    this.#request = null;
    this.#failures += 1;
    const error = ApiError.of(cause);
    // A failure of an offline browser says nothing about the service.
    const mayRetry = this.#failures <= MAX_CONSECUTIVE_FAILURES || navigator.onLine === false;
    if (mayRetry && isTransient(error.status)) {
      this.#notBefore = performance.now() + (error.retryAfterMs ?? 0);
      this.#pollAfter(backoff(this.#failures));
    } else {
      const { job } = this.#state;
      this.#setState({ job, isActive: false });
      this.#options.onPollingStopped(error, job ?? undefined);
    }
  }

  #interval(retryAfterMs: number | null): number {
    const chosen = this.#options.pollInterval();
    if (chosen && chosen > 0) return chosen;
    return Math.max(this.#state.job?.pollAfterMs ?? 0, retryAfterMs ?? 0) || DEFAULT_INTERVAL_MS;
  }

  #setState(state: PollerState): void {
    this.#state = state;
    if (!state.isActive) this.#stop();
    for (const listener of this.#listeners) listener();
  }
}

/** Milliseconds until the next retry. The random factor (full jitter) spreads the retries of many clients. */
function backoff(failures: number): number {
  return Math.random() * Math.min(MAX_BACKOFF_MS, 1000 * 2 ** failures);
}
