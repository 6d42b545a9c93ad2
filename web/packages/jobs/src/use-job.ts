"use client";

import { useCallback, useId, useMemo, useReducer } from "react";
import { ApiError, isOutcomeUnknown } from "./api-error.js";
import type { JobsClient } from "./create-client.js";
import type { InputToRefine, JobInput, NewJob } from "./inline-input.js";
import { changesOf, createJob } from "./job-requests.js";
import { failureTitle } from "./notice.js";
import { cancelQuietly, isolated, type JobCallbacks } from "./outcome.js";
import { rememberJob } from "./remembered-jobs.js";
import { invalidateJobList } from "./shared-list.js";
import { StartKey } from "./start-key.js";
import type { ApplyMode, Job, JobRetry, JobType } from "./types.js";
import { useActiveJob } from "./use-active-job.js";
import { useLatestOptions } from "./use-latest-options.js";
import { type PolledJob, usePolledJob } from "./use-polled-job.js";

export interface JobOptions extends Omit<JobCallbacks, "onComplete"> {
  /** The document of the jobs. Without it, jobs need an `input`. */
  documentId?: string | null | undefined;
  /** The block that the jobs write. */
  blockId?: string | null | undefined;
  /**
   * Finds the job again after a reload of this tab, also if the job writes no block. Any name that is unique in the app.
   * Hooks with the same name follow the same job. Default: `blockId`, or `documentId` without a block.
   */
  storageKey?: string | null | undefined;
  /** Called when the job is COMPLETED. */
  onComplete?: (() => void) | undefined;
  /** Milliseconds between two polls. Default: the interval of the service, or 2000. */
  pollInterval?: number | undefined;
  /** Default: the client of the nearest `JobsProvider`. */
  client?: JobsClient | undefined;
}

/** What a job does. Its document and block are those of the hook, or it has an `input` in their place. */
export type JobRequest = StoredJobRequest | InlineJobRequest;

interface StoredJobRequest {
  type: JobType;
  /** Replaces the prompt of the block, or says how to refine its content. */
  prompt?: string | undefined;
  /** What the job does with its text. Default: `replace`. */
  applyMode?: ApplyMode | undefined;
  /** What to do if a job is in flight on the block. By default the hook follows that job. */
  onConflict?: "join" | "reject" | "replace" | undefined;
  input?: undefined;
}

/** A job that reads the texts of the request and writes no block. */
type InlineJobRequest = { prompt?: string | undefined; applyMode?: undefined; onConflict?: undefined } & (
  | { type: "REFINE"; input: InputToRefine }
  | { type: "GENERATE" | "ANALYZE"; input: JobInput }
);

export interface FollowedJob extends Omit<PolledJob, "cancel"> {
  /** True while a request to start or to retry a job is sent. */
  isStarting: boolean;
  /** True from the call of `start` or `retry` until the job has ended. */
  isActive: boolean;
  /** Why the last request of the functions below has failed. Null after a success. */
  error: ApiError | null;
  /**
   * Creates a job and follows it. If another job is in flight on the block, follows that job. Resolves to the id of the
   * followed job, or to null after a failure. A second call before the answer sends nothing. While the hook follows a
   * job, a start of a job without a block sends nothing either.
   */
  start: (request: JobRequest) => Promise<string | null>;
  /** Cancels the job, also one whose `start` is not answered yet. Its end shows no notice. */
  cancel: () => Promise<void>;
  /** Starts a new job with the input of the failed job, and follows it. Resolves as `start` does. */
  retry: (changes?: JobRetry) => Promise<string | null>;
}

/**
 * Starts a job, follows it until it ends, and finds it again after a reload. The functions never reject: a failed
 * request shows a notice, calls `onError` and is in `error`.
 */
export function useJob(options: JobOptions = {}): FollowedJob {
  const latest = useLatestOptions(options);
  const documentId = options.documentId || null;
  const blockId = options.blockId || null;
  const storageKey = options.storageKey || blockId || documentId;
  const id = useId();
  const name = storageKey || id;
  // Another name starts anew. The answer to a request of the previous one does not change it.
  const own = useMemo<Requests>(() => ({ name, startKey: new StartKey(), inFlight: null, error: null }), [name]);
  const [, render] = useReducer((count: number) => count + 1, 0);

  const active = useActiveJob({ documentId, blockId, storageKey: name, client: options.client });
  const followedId = active.jobId;
  const polled = usePolledJob(
    {
      ...options,
      jobId: followedId,
      storageKey,
      onComplete: () => options.onComplete?.(),
      onError: (message) => options.onError?.(message),
    },
    active.job,
  );
  const { job, cancel: cancelPolled, isActive: isPolling, resume } = polled;

  const attempt = useCallback(
    async (title: string, request: () => Promise<unknown>) => {
      try {
        await request();
        own.error = null;
      } catch (cause) {
        const error = ApiError.of(cause);
        const { notify, onError } = latest.current;
        own.error = error;
        void isolated(() => notify?.({ kind: "error", title, message: error.message }));
        void isolated(() => onError?.(error.message));
      }
      render();
    },
    [own, latest],
  );

  /** Creates a job, or the retry of a job, and follows it. */
  const send = useCallback(
    (type: JobType | undefined, body: NewJob | JobRetry, retryOf: string | null): Promise<string | null> => {
      let jobId: string | null = null;
      const sendOnce = async () => {
        const { client } = latest.current;
        // A request is another one if the hook has found the job of a lost answer meanwhile.
        const request = [followedId, body];
        const key = own.startKey.take(request);
        let job: Job | null = null;
        try {
          job = await createJob(client, body, retryOf, key);
          jobId = job.jobId;
          if (storageKey) rememberJob(storageKey, job);
        } catch (cause) {
          if (isOutcomeUnknown(cause)) own.startKey.keep(request, key);
          jobId = busyJobId(cause);
          if (jobId === null) throw cause;
          resume(); // Polling of this job may have stopped before.
        } finally {
          invalidateJobList(client, documentId, jobId ? { name: own.name, jobId, job } : null);
        }
      };
      own.inFlight ??= attempt(failureTitle(type), sendOnce).then(() => {
        own.inFlight = null;
        render();
        return jobId;
      });
      render();
      return own.inFlight;
    },
    [own, attempt, latest, documentId, storageKey, followedId, resume],
  );

  const start = useCallback(
    async (request: JobRequest) => {
      const body = bodyOf(request, documentId, blockId);
      // The service joins or refuses a second job of a block. It would run a second job without a block.
      if (isPolling && (!blockId || request.input)) return followedId;
      return send(request.type, body, null);
    },
    [documentId, blockId, isPolling, followedId, send],
  );

  const type = job?.type;
  const retry = useCallback(
    async (changes: JobRetry = {}) => followedId && send(type, changesOf(changes), followedId),
    [followedId, type, send],
  );

  const cancel = useCallback(
    () =>
      attempt("Cancelling failed", async () => {
        const startedId = await own.inFlight;
        await (startedId ? cancelQuietly(latest.current.client, startedId) : cancelPolled());
      }),
    [own, attempt, latest, cancelPolled],
  );

  return {
    ...polled,
    isStarting: own.inFlight !== null,
    isActive: own.inFlight !== null || isPolling,
    error: own.error,
    start,
    cancel,
    retry,
  };
}

/** The requests of a hook with one name. */
interface Requests {
  name: string;
  startKey: StartKey;
  /** The start or retry whose answer is awaited. Resolves to the id of its job. */
  inFlight: Promise<string | null> | null;
  error: ApiError | null;
}

function bodyOf(request: JobRequest, documentId: string | null, blockId: string | null): NewJob {
  const { type, input } = request;
  const subject = input ? { input } : { documentId, ...(blockId && { blockId }) };
  return { type, ...subject, ...changesOf(request as JobRetry) } as NewJob;
}

/** The job that is in flight on the block, if the service has said that the block is busy. */
function busyJobId(cause: unknown): string | null {
  const isBusy = cause instanceof ApiError && cause.code === "BLOCK_BUSY";
  return (isBusy && cause.problem?.existingJobId) || null;
}
