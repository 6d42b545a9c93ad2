/**
 * Polls until there is nothing left to wait for.
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
 * The design. A `Poller` is an external store for `useSyncExternalStore`. It polls while it has a listener. At any
 * time it has at most one timer and one request. The timer of the next poll starts when the answer of the last poll has
 * arrived, so requests cannot overlap. Its subclasses decide what a poll asks for: `JobPoller` polls one job,
 * `DocumentPoller` all jobs of a document.
 *
 * - Pace: the first poll is immediate. After that the caller's `pollInterval` decides. Without it, the longer of the
 *   job's `pollAfterMs` and the `Retry-After` header decides. Without both, the interval is 2 s.
 * - Size: a poll of one job sends the last `ETag`. A 304 has no body, changes no state and renders nothing.
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
 * - Cancel: `suspend` drops the poll in flight before the DELETE is sent. The subclass takes the jobs from the DELETE's
 *   answer. If the DELETE fails, `resume` continues the polling.
 *
 * Why not otherwise. A query library such as TanStack Query has a `refetchInterval`. An app
 * that only polls jobs would have to install the library, and the suspension during a cancel, the limit of failures and
 * the end callback would have to be written around it.
 *
 * Notices and callbacks do not belong here. A poller reports an ended job or stopped polling to its owner, and
 * `outcome.ts` and `document-outcome.ts` decide what the user sees.
 */

import { ApiError, isTransient } from "./api-error.js";
import { withTimeout } from "./request-timeout.js";

/** Milliseconds between two polls if neither the caller nor the service sets an interval. */
const DEFAULT_INTERVAL_MS = 2000;
/** Consecutive failures that are retried. The next failure stops the polling. */
const MAX_CONSECUTIVE_FAILURES = 5;
const MAX_BACKOFF_MS = 30_000;
/** The longest delay that `setTimeout` supports. It runs a timer with a longer delay immediately. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Polls from the first subscription until the state is no longer active. See the top of this file. */
export abstract class Poller<State extends { isActive: boolean }, Answer> {
  readonly #listeners = new Set<() => void>();
  #state: State;
  /** The poll in flight. An answer is used only if its controller is still this one. */
  #request: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSuspended = false;
  /** Consecutive failures since the last answer. */
  #failures = 0;
  /** Earliest time of the next poll on `performance.now()`, set by `Retry-After` of a failed request. */
  #notBefore = 0;

  constructor(state: State) {
    this.#state = state;
  }

  /** Sends the request of a poll. An error that is not an `ApiError` is retried like a network failure. */
  protected abstract read(signal: AbortSignal): Promise<Answer>;
  /** Takes the answer of a poll. Sets a state that is not active, or calls {@link pollAfter}. */
  protected abstract handleAnswer(answer: Answer): void;
  /** Takes the error that stops the polling. Sets a state that is not active. */
  protected abstract handleStop(error: ApiError): void;

  readonly getState = (): State => this.#state;

  /** Calls `listener` on each change of the state. Returns the function that unsubscribes. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.stop();
    };
  };

  /** Pauses polling until {@link resume}. Without it, a late poll could undo a cancel. */
  suspend(): void {
    this.#isSuspended = true;
    this.abortPoll();
  }

  /** Ends a suspension and polls immediately. */
  resume(): void {
    this.#isSuspended = false;
    this.pollAfter(0);
  }

  protected get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  protected setState(state: State): void {
    this.#state = state;
    if (!state.isActive) this.stop();
    for (const listener of this.#listeners) listener();
  }

  /** Sets an active state after polling has stopped, and polls immediately with a fresh count of failures. */
  protected activate(state: State): void {
    this.#failures = 0;
    this.setState(state);
    if (this.hasListeners) this.start();
  }

  protected start(): void {
    document.addEventListener("visibilitychange", this.#onVisibilityChange);
    window.addEventListener("online", this.#onOnline);
    this.pollAfter(0);
  }

  protected stop(): void {
    document.removeEventListener("visibilitychange", this.#onVisibilityChange);
    window.removeEventListener("online", this.#onOnline);
    this.abortPoll();
  }

  protected abortPoll(): void {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = null;
  }

  /** Schedules the next poll and replaces the scheduled one. Does nothing while a poll is in flight. */
  protected pollAfter(delayMs: number): void {
    clearTimeout(this.#timer);
    const isIdle = !this.hasListeners || this.#isSuspended || !this.#state.isActive;
    if (isIdle || this.#request !== null || document.visibilityState === "hidden") return;
    const delay = Math.max(delayMs, this.#notBefore - performance.now());
    this.#timer = setTimeout(() => void this.#poll(), Math.min(delay, MAX_TIMER_MS));
  }

  readonly #onVisibilityChange = (): void => this.pollAfter(0);

  readonly #onOnline = (): void => {
    this.#failures = 0;
    this.pollAfter(0);
  };

  async #poll(): Promise<void> {
    const request = new AbortController();
    this.#request = request;
    let answer: Answer;
    try {
      answer = await withTimeout((signal) => this.read(signal), request);
    } catch (error) {
      if (this.#request === request) this.#handleFailure(error);
      return;
    }
    if (this.#request !== request) return;
    this.#request = null;
    this.#failures = 0;
    this.handleAnswer(answer);
  }

  #handleFailure(cause: unknown): void {
    this.#request = null;
    this.#failures += 1;
    const error = ApiError.of(cause);
    // A failure of an offline browser says nothing about the service.
    const mayRetry = this.#failures <= MAX_CONSECUTIVE_FAILURES || navigator.onLine === false;
    if (mayRetry && isTransient(error.status)) {
      this.#notBefore = performance.now() + (error.retryAfterMs ?? 0);
      this.pollAfter(backoff(this.#failures));
    } else {
      this.handleStop(error);
    }
  }
}

/** What the caller and the service say about the time until the next poll, in milliseconds. */
export interface Pace {
  /** Set by the caller. Undefined, 0 and negative values leave the interval to the service. */
  pollInterval: number | undefined;
  pollAfterMs: number | null | undefined;
  /** From the `Retry-After` header, or null without the header. */
  retryAfterMs: number | null;
}

/** Milliseconds until the next poll. */
export function intervalOf({ pollInterval, pollAfterMs, retryAfterMs }: Pace): number {
  if (pollInterval && pollInterval > 0) return pollInterval;
  return Math.max(pollAfterMs ?? 0, retryAfterMs ?? 0) || DEFAULT_INTERVAL_MS;
}

/** Milliseconds until the next retry. The random factor (full jitter) spreads the retries of many clients. */
function backoff(failures: number): number {
  return Math.random() * Math.min(MAX_BACKOFF_MS, 1000 * 2 ** failures);
}
