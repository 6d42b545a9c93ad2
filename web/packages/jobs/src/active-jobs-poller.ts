import type { ApiError } from "./api-error.js";
import type { JobList } from "./document-requests.js";
import { listIntervalOf } from "./followed-jobs.js";
import { Poller } from "./poller.js";
import type { Job } from "./types.js";

/** Minimum milliseconds between two look-ups. A page that becomes visible often gets the focus at the same time. */
const MIN_LOOK_UP_INTERVAL_MS = 2000;

export interface ActiveJobsPollerOptions {
  /** Lists the document's jobs that are in flight. */
  list(): Promise<JobList>;
  /** Milliseconds between two polls. Undefined, 0 and negative values leave the interval to the service. */
  pollInterval(): number | undefined;
}

export interface ActiveJobsState {
  /** Oldest first. */
  jobs: Job[];
  /** True while jobs are looked up or polled. */
  isActive: boolean;
  /** True until the first answer. */
  isLoading: boolean;
  /** Why polling has stopped. */
  error: ApiError | null;
}

/** Polls the list of a document's jobs in flight until the list is empty. Then it is idle until {@link lookUp}. */
export class ActiveJobsPoller extends Poller<ActiveJobsState, JobList> {
  readonly #options: ActiveJobsPollerOptions;
  #listedAt = 0;

  constructor(options: ActiveJobsPollerOptions) {
    super({ jobs: [], isActive: true, isLoading: true, error: null });
    this.#options = options;
  }

  /** Polls again if the poller is idle, because the user has returned. Sends at most one request in 2 s. */
  lookUp(): void {
    if (performance.now() - this.#listedAt >= MIN_LOOK_UP_INTERVAL_MS) this.restart();
  }

  /** Polls again if the poller is idle or has stopped. */
  restart(): void {
    const state = this.getState();
    if (!state.isActive) this.activate({ ...state, isActive: true, error: null });
  }

  /** Polls immediately, because jobs were created or cancelled. */
  refresh(): void {
    // The poll in flight may have been answered before.
    this.abortPoll();
    this.restart();
    this.pollAfter(0);
  }

  protected override read(): Promise<JobList> {
    this.#listedAt = performance.now();
    return this.#options.list();
  }

  protected override handleAnswer({ jobs, retryAfterMs }: JobList): void {
    this.setState({ jobs, isActive: jobs.length > 0, isLoading: false, error: null });
    this.pollAfter(listIntervalOf(jobs, this.#options.pollInterval(), retryAfterMs));
  }

  protected override handleStop(error: ApiError): void {
    this.setState({ ...this.getState(), isActive: false, isLoading: false, error });
  }
}
