import { type ApiError, isOutcomeUnknown } from "./api-error.js";
import type { JobList } from "./document-requests.js";
import { idsOf, isInFlight, listIntervalOf, mergeJobs } from "./followed-jobs.js";
import { Poller } from "./poller.js";
import { StartKey } from "./start-key.js";
import { type DocumentJobs, hasEnded, type Job, type NewDocumentJobs, type SkippedBlock } from "./types.js";

/** Minimum milliseconds between two look-ups. A page that becomes visible often gets the focus at the same time. */
const MIN_LOOK_UP_INTERVAL_MS = 2000;

export interface DocumentPollerOptions {
  /** Lists the document's jobs that are in flight. */
  list(): Promise<JobList>;
  /** Fetches a job, or null if it does not exist any more. */
  read(jobId: string, signal: AbortSignal): Promise<Job | null>;
  /** Ids of the jobs that this tab has followed before, and whose end has not been told. */
  rememberedIds(): string[];
  /** Milliseconds between two polls. Undefined, 0 and negative values leave the interval to the service. */
  pollInterval(): number | undefined;
  /** Told what happens to the jobs while the poller has a listener. */
  outcome: DocumentPollerOutcome;
}

interface DocumentPollerOutcome {
  /** These jobs are followed from now on. May be called again for the same jobs. */
  follow(jobs: readonly Job[]): void;
  /** These jobs are not followed any more. */
  unfollow(jobs: readonly Job[]): void;
  /** A cancel of these jobs is sent. Returns the function that takes the jobs that were cancelled. */
  suppress(jobs: readonly Job[]): (cancelled: readonly Job[]) => void;
  /** `ended` have ended now. `all` are all followed jobs if none is left, or null. */
  jobsEnded(ended: readonly Job[], all: Job[] | null): void;
  /** Following has stopped before all of these jobs have ended. */
  stopped(error: ApiError, jobs: Job[]): void;
  /** Following starts, also after it has stopped. */
  restarted(): void;
}

export interface DocumentPollerState {
  /** The followed jobs, one per block. They stay here after they have ended, until other jobs are followed. */
  jobs: Job[];
  /** The blocks that got no job from the last start. */
  skipped: SkippedBlock[];
  /** True while jobs are looked up or followed. */
  isActive: boolean;
  /** True until the service has said which jobs are in flight, at first and after a start that has told too little. */
  isLoading: boolean;
  /** True while a start is sent. */
  isStarting: boolean;
  /** Why polling has stopped. */
  error: ApiError | null;
}

type Answer = { list: JobList } | { jobId: string; job: Job | null };

/**
 * Follows the jobs of a document. One list of the jobs in flight tells about all of them, however many there are. A
 * followed job that is missing in the list has ended. The list does not say how, so that job is read once by its id,
 * before the next list. Without jobs to follow, the poller is idle until {@link lookUp} or {@link startJobs}.
 */
export class DocumentPoller extends Poller<DocumentPollerState, Answer> {
  readonly #options: DocumentPollerOptions;
  readonly #starts = new Set<Promise<DocumentJobs>>();
  #startKey = new StartKey();
  /** Ids of the jobs that were missing in the last list. They are read one by one. */
  #missing: string[] = [];
  /** Those of {@link #missing} that were followed before the page was loaded. */
  #remembered = new Set<string>();
  #listedAt = 0;

  constructor(options: DocumentPollerOptions) {
    super({ jobs: [], skipped: [], isActive: true, isLoading: true, isStarting: false, error: null });
    this.#options = options;
  }

  /** Looks for jobs in flight if no job is followed. Sends at most one request in 2 s. */
  lookUp(): void {
    const state = this.getState();
    if (state.isActive || state.jobs.some(isInFlight)) return;
    if (performance.now() - this.#listedAt < MIN_LOOK_UP_INTERVAL_MS) return;
    this.activate({ ...state, isActive: true });
  }

  /** Starts again after polling has stopped because of an error. Otherwise does nothing. */
  restart(): void {
    const state = this.getState();
    if (state.error === null || state.isActive) return;
    this.#options.outcome.restarted();
    this.activate({ ...state, isActive: true, error: null });
  }

  /**
   * Follows the jobs that `send` creates from `body`. Adds them to the jobs in flight, or replaces jobs that have all
   * ended. Looks for jobs in flight if the answer is lost, or if there are only jobs that another tab has started.
   */
  async startJobs(body: NewDocumentJobs, send: (key: string) => Promise<DocumentJobs>): Promise<DocumentJobs> {
    const key = this.#startKey.take(body);
    const request = send(key);
    this.#starts.add(request);
    this.#change({ isStarting: true });
    let answer: DocumentJobs;
    try {
      answer = await request;
    } catch (error) {
      if (isOutcomeUnknown(error)) {
        this.#startKey.keep(body, key);
        this.#lookUpNow();
      }
      throw error;
    } finally {
      this.#starts.delete(request);
      this.#change({ isStarting: this.#starts.size > 0 });
    }
    this.#follow(mergeJobs(this.#followed(), this.#withKnownEnds(answer.jobs)), answer.skipped);
    const isBusy = answer.skipped.some(({ reason }) => reason === "BUSY");
    if (isBusy && this.#followed().length === 0) this.#lookUpNow();
    return answer;
  }

  /**
   * Cancels the followed jobs with `send`, which resolves to the cancelled jobs. Waits until the starts are answered.
   */
  async cancelJobs(send: () => Promise<Job[]>): Promise<void> {
    await Promise.allSettled(this.#starts);
    const jobs = this.#followed().filter(isInFlight);
    if (jobs.length === 0) return;
    this.suspend();
    const keepSuppressed = this.#options.outcome.suppress(jobs);
    let cancelled: Job[] = [];
    try {
      cancelled = await send();
    } finally {
      keepSuppressed(cancelled);
      this.resume();
    }
    const { jobs: known, skipped } = this.getState();
    const ids = idsOf(known);
    const updates = cancelled.filter(({ jobId }) => ids.has(jobId));
    this.#follow(mergeJobs(known, updates), skipped);
    this.pollAfter(0);
  }

  protected override stop(): void {
    super.stop();
    this.#options.outcome.unfollow(this.getState().jobs);
  }

  protected override async read(signal: AbortSignal): Promise<Answer> {
    const [jobId] = this.#missing;
    if (jobId !== undefined) return { jobId, job: await this.#options.read(jobId, signal) };
    this.#listedAt = performance.now();
    return { list: await this.#options.list() };
  }

  protected override handleAnswer(answer: Answer): void {
    if ("list" in answer) this.#takeList(answer.list);
    else this.#takeJob(answer.jobId, answer.job);
  }

  protected override handleStop(error: ApiError): void {
    this.#missing = [];
    this.#remembered.clear();
    this.#change({ isActive: false, isLoading: false, error });
    const { jobs } = this.getState();
    if (jobs.some(isInFlight)) this.#options.outcome.stopped(error, jobs);
  }

  #takeList({ jobs: all, retryAfterMs }: JobList): void {
    const { jobs: known, skipped } = this.getState();
    const ended = idsOf(known.filter(hasEnded));
    const listed = all.filter(({ jobId }) => !ended.has(jobId));
    const followed = this.#followed();
    const isNew = followed.length === 0 && listed.length > 0;
    const jobs = isNew ? mergeJobs([], listed) : mergeJobs(known, listed);
    // Without a known job, the last start has created none, and the listed jobs are those of its busy blocks.
    const isAnotherStart = isNew && known.length > 0;
    const listedIds = idsOf(listed);
    const isFirst = this.getState().isLoading && known.length === 0;
    const remembered = isFirst ? this.#options.rememberedIds().filter((jobId) => !listedIds.has(jobId)) : [];
    this.#remembered = new Set(remembered);
    const missing = [...idsOf(jobs.filter(isInFlight))].filter((jobId) => !listedIds.has(jobId));
    this.#missing = [...missing, ...remembered];
    const isActive = jobs.some(isInFlight) || remembered.length > 0;
    this.#update(
      { jobs, skipped: isAnotherStart ? [] : skipped, isActive, isLoading: false, error: null },
      retryAfterMs,
    );
  }

  #takeJob(jobId: string, job: Job | null): void {
    const { jobs: known } = this.getState();
    const jobs = job ? mergeJobs(known, [job]) : known.filter((other) => other.jobId !== jobId);
    this.#missing.shift();
    const isLastRemembered = this.#remembered.delete(jobId) && this.#remembered.size === 0;
    this.#update({ jobs, isActive: jobs.some(isInFlight) || this.#remembered.size > 0 }, null, isLastRemembered);
  }

  /** Asks at once which jobs are in flight, also after polling has stopped. */
  #lookUpNow(): void {
    // The poll in flight may have been answered before.
    this.abortPoll();
    this.#missing = [];
    this.#options.outcome.restarted();
    this.#change({ isActive: true, isLoading: this.#followed().length === 0, error: null });
    this.pollAfter(0);
  }

  /** A repeated start gets its first answer again, in which no job has ended yet. */
  #withKnownEnds(jobs: readonly Job[]): Job[] {
    const ended = new Map(this.getState().jobs.flatMap((job) => (hasEnded(job) ? [[job.jobId, job]] : [])));
    return jobs.map((job) => ended.get(job.jobId) ?? job);
  }

  /** Takes jobs from another answer than that of a poll. Also starts again after polling has stopped. */
  #follow(jobs: Job[], skipped: SkippedBlock[]): void {
    // The poll in flight may have been answered before.
    this.abortPoll();
    this.#options.outcome.restarted();
    const isFollowing = jobs.some(isInFlight);
    const isLoading = this.getState().isLoading && !isFollowing;
    const isActive = isFollowing || isLoading || this.#remembered.size > 0;
    this.#update({ jobs, skipped, isActive, isLoading, error: null }, null);
  }

  /** Changes the state, schedules the next poll, and reports which jobs have ended. */
  #update(
    changes: Partial<DocumentPollerState> & { jobs: Job[] },
    retryAfterMs: number | null,
    isLastRemembered = false,
  ): void {
    // Listeners may unsubscribe when the state changes.
    const { hasListeners } = this;
    const { outcome } = this.#options;
    const { jobs } = changes;
    const followed = this.#followed();
    const endedBefore = idsOf(this.getState().jobs.filter(hasEnded));
    const ended = jobs.filter((job) => hasEnded(job) && !endedBefore.has(job.jobId));
    const inFlight = idsOf(jobs.filter(isInFlight));
    this.#missing = this.#missing.filter((jobId) => inFlight.has(jobId) || this.#remembered.has(jobId));

    if (hasListeners) outcome.follow(jobs);
    this.#change(changes);
    this.pollAfter(this.#delay(retryAfterMs));
    const isIdle = inFlight.size === 0 && this.#remembered.size === 0;
    const isOver = isIdle && (followed.length > 0 || ended.length > 0 || (isLastRemembered && jobs.length > 0));
    if (isOver) this.#startKey = new StartKey();
    if (hasListeners) outcome.jobsEnded(ended, isOver ? jobs : null);
  }

  /** Keeps the state object if nothing changes, so that nothing is rendered. */
  #change(changes: Partial<DocumentPollerState>): void {
    const before = this.getState();
    const after = { ...before, ...changes };
    const keys = Object.keys(after) as (keyof DocumentPollerState)[];
    if (keys.every((key) => after[key] === before[key])) return;
    if (after.isActive && !before.isActive) this.activate(after);
    else this.setState(after);
  }

  /** The jobs, as long as one of them is in flight. */
  #followed(): Job[] {
    const { jobs } = this.getState();
    return jobs.some(isInFlight) ? jobs : [];
  }

  #delay(retryAfterMs: number | null): number {
    const { isLoading, jobs } = this.getState();
    if (isLoading || this.#missing.length > 0) return 0;
    return listIntervalOf(jobs, this.#options.pollInterval(), retryAfterMs);
  }
}
