import type { ApiError } from "./api-error.js";
import { intervalOf, Poller } from "./poller.js";
import { hasEnded, type Job } from "./types.js";

export interface PollResult {
  /** The job, or null if it has not changed since `etag` (status 304). */
  job: Job | null;
  etag: string | null;
  /** Milliseconds from the `Retry-After` header, or null without the header. */
  retryAfterMs: number | null;
}

export interface JobPollerOptions {
  /** Fetches the job. An error that is not an `ApiError` is retried like a network failure. */
  read(etag: string | null, signal: AbortSignal): Promise<PollResult>;
  /** Milliseconds between two polls. Undefined, 0 and negative values leave the interval to the service. */
  pollInterval(): number | undefined;
  /** Called once when the job has ended, but not if the last listener has left before. */
  onEnd(job: Job): void;
  /** Called when polling stops before the job has ended. `job` is the last known state, if there is one. */
  onPollingStopped(error: ApiError, job: Job | undefined): void;
}

export interface JobPollerState {
  /** The last known state of the job, or null before the first answer. */
  job: Job | null;
  /** False once the job has ended or polling has stopped. */
  isActive: boolean;
}

/** Polls one job from the first subscription until the job ends. */
export class JobPoller extends Poller<JobPollerState, PollResult> {
  readonly #options: JobPollerOptions;
  #etag: string | null = null;

  constructor(options: JobPollerOptions) {
    super({ job: null, isActive: true });
    this.#options = options;
  }

  /**
   * Starts again after polling has stopped, with a fresh count of failures. Returns false and does nothing if the job
   * is still polled or has ended.
   */
  restart(): boolean {
    const { job, isActive } = this.getState();
    if (isActive || (job && hasEnded(job))) return false;
    this.activate({ job, isActive: true });
    return true;
  }

  /** Takes the job from another answer than that of a poll, such as that of a cancel. */
  setJob(job: Job): void {
    if (this.getState().isActive) this.handleAnswer({ job, etag: null, retryAfterMs: null });
  }

  protected override read(signal: AbortSignal): Promise<PollResult> {
    return this.#options.read(this.#etag, signal);
  }

  protected override handleAnswer({ job, etag, retryAfterMs }: PollResult): void {
    // Listeners may unsubscribe when the state changes.
    const hadListeners = this.hasListeners;
    if (job) {
      this.#etag = etag;
      this.setState({ job, isActive: !hasEnded(job) });
    }
    const state = this.getState();
    if (state.isActive) {
      const pollInterval = this.#options.pollInterval();
      this.pollAfter(intervalOf({ pollInterval, pollAfterMs: state.job?.pollAfterMs, retryAfterMs }));
    } else if (job && hadListeners) this.#options.onEnd(job);
  }

  protected override handleStop(error: ApiError): void {
    const { job } = this.getState();
    this.setState({ job, isActive: false });
    this.#options.onPollingStopped(error, job ?? undefined);
  }
}
