import { ApiError, isTransient } from "./api-error.js";
import { withDeadline } from "./deadline.js";
import { hasEnded, type Job } from "./types.js";

/** Milliseconds between two polls where neither the caller nor the service says it. */
const DEFAULT_INTERVAL_MS = 2000;
/** Failures in a row that are borne; the next one is reported. */
const BORNE_FAILURES = 5;
const MAX_BACKOFF_MS = 30_000;
/** `setTimeout` takes longer delays for none. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What a poll has found. */
export interface Reading {
  /** The job; null if it is as it was at `etag`. */
  job: Job | null;
  etag: string | null;
  /** Milliseconds to wait before the next poll, by the header; null if it does not say. */
  retryAfterMs: number | null;
}

/** What a poller needs, and whom it tells. */
export interface PollerPort {
  /** Asks for the job. Errors other than an `ApiError` are borne like a lost connection. */
  read(etag: string | null, signal: AbortSignal): Promise<Reading>;
  /** Milliseconds between two polls; undefined, or not above 0, leaves it to the service. */
  pollInterval(): number | undefined;
  /** Called once, when the job has ended, if anyone still listens. */
  onEnd(job: Job): void;
  /** Called when polling is given up before the job has ended; `job` is the job as it was seen last. */
  onGiveUp(error: ApiError, job: Job | undefined): void;
}

export interface PollerState {
  /** The job as it was seen last; null before the first answer. */
  job: Job | null;
  /** Whether it is still followed: false once it has ended or polling was given up. */
  isActive: boolean;
}

/**
 * Follows one job from the first listener's subscription until it ends: asks at once, then again and again, never
 * twice at the same time. In a hidden page it asks nothing, and at once when the page is shown or back online.
 */
export class JobPoller {
  readonly #port: PollerPort;
  readonly #listeners = new Set<() => void>();
  #state: PollerState = { job: null, isActive: true };
  #request: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSuspended = false;
  #etag: string | null = null;
  #failures = 0;
  /** No poll before this time of `performance.now()`, which no change of the clock moves; the service asked for it. */
  #notBefore = 0;

  constructor(port: PollerPort) {
    this.#port = port;
  }

  readonly getState = (): PollerState => this.#state;

  /** Calls `listener` on each change of the state, and polls as long as anyone listens. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  /** Stops polling until {@link resume} or {@link accept}, so that no late answer contradicts a change under way. */
  suspend(): void {
    this.#isSuspended = true;
    this.#interrupt();
  }

  /** Asks at once, and goes on. */
  resume(): void {
    this.#isSuspended = false;
    this.#pollAfter(0);
  }

  /** Asks again after polling was given up, with a fresh count of failures; otherwise does nothing and returns false. */
  restart(): boolean {
    const { job, isActive } = this.#state;
    if (isActive || (job && hasEnded(job))) return false;
    this.#failures = 0;
    this.#setState({ job, isActive: true });
    if (this.#listeners.size > 0) this.#start();
    return true;
  }

  /** Takes the job as another request has answered it, and goes on. */
  accept(job: Job): void {
    this.#isSuspended = false;
    if (this.#state.isActive) this.#take({ job, etag: null, retryAfterMs: null });
  }

  #start(): void {
    document.addEventListener("visibilitychange", this.#onVisibilityChange);
    window.addEventListener("online", this.#onOnline);
    this.#pollAfter(0);
  }

  #stop(): void {
    document.removeEventListener("visibilitychange", this.#onVisibilityChange);
    window.removeEventListener("online", this.#onOnline);
    this.#interrupt();
  }

  #interrupt(): void {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = null;
  }

  readonly #onVisibilityChange = (): void => this.#pollAfter(0);

  readonly #onOnline = (): void => {
    this.#failures = 0;
    this.#pollAfter(0);
  };

  /**
   * Plans the next poll, in place of the one that was planned. At once is a timer, too: a start that is undone in the
   * same moment, as in StrictMode, sends nothing.
   */
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
    let reading: Reading;
    try {
      reading = await withDeadline((signal) => this.#port.read(this.#etag, signal), request);
    } catch (error) {
      if (this.#request === request) this.#fail(error);
      return;
    }
    if (this.#request === request) this.#take(reading);
  }

  #take({ job, etag, retryAfterMs }: Reading): void {
    this.#request = null;
    this.#failures = 0;
    const isWatched = this.#listeners.size > 0;
    if (job) {
      this.#etag = etag;
      this.#setState({ job, isActive: !hasEnded(job) });
    }
    if (this.#state.isActive) this.#pollAfter(this.#interval(retryAfterMs));
    else if (job && isWatched) this.#port.onEnd(job);
  }

  #fail(cause: unknown): void {
    this.#request = null;
    this.#failures += 1;
    const error = ApiError.of(cause);
    // While the browser itself is offline, the failures say nothing about the service.
    const isBorne = this.#failures <= BORNE_FAILURES || navigator.onLine === false;
    if (isBorne && isTransient(error.status)) {
      this.#notBefore = performance.now() + (error.retryAfterMs ?? 0);
      this.#pollAfter(backoff(this.#failures));
    } else {
      const { job } = this.#state;
      this.#setState({ job, isActive: false });
      this.#port.onGiveUp(error, job ?? undefined);
    }
  }

  #interval(retryAfterMs: number | null): number {
    const chosen = this.#port.pollInterval();
    if (chosen && chosen > 0) return chosen;
    return Math.max(this.#state.job?.pollAfterMs ?? 0, retryAfterMs ?? 0) || DEFAULT_INTERVAL_MS;
  }

  #setState(state: PollerState): void {
    this.#state = state;
    if (!state.isActive) this.#stop();
    for (const listener of this.#listeners) listener();
  }
}

/** Milliseconds before the next attempt after so many failures, at random so that clients do not come all at once. */
function backoff(failures: number): number {
  return Math.random() * Math.min(MAX_BACKOFF_MS, 1000 * 2 ** failures);
}
