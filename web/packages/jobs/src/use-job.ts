"use client";

import { useCallback, useRef, useState } from "react";
import { ApiError, isOutcomeUnknown } from "./api-error.js";
import type { JobsClient } from "./create-client.js";
import type { JobInput, NewJob } from "./inline-input.js";
import { createJob } from "./job-requests.js";
import { failureTitle } from "./notice.js";
import type { JobCallbacks } from "./outcome.js";
import { invalidateJobList } from "./shared-list.js";
import { StartKey } from "./start-key.js";
import type { ApplyMode, Job, JobRetry, JobType } from "./types.js";
import { useActiveJob } from "./use-active-job.js";
import { type JobPolling, useJobPolling } from "./use-job-polling.js";
import { useLatestOptions } from "./use-latest-options.js";

export interface JobOptions extends Omit<JobCallbacks, "onComplete"> {
  /** The document of the jobs. Without it, jobs need an `input`. */
  documentId?: string | null | undefined;
  /** The block that the jobs write. */
  blockId?: string | null | undefined;
  /**
   * Finds the job again after a reload of this tab, if the job writes no block. Any name that is unique in the app.
   * Default: `documentId`.
   */
  storageKey?: string | null | undefined;
  /** Called when the job is COMPLETED. */
  onComplete?: (() => void) | undefined;
  /** Milliseconds between two polls. Default: the interval of the service, or 2000. */
  pollInterval?: number | undefined;
  /** Default: the client of the nearest `JobsProvider`. */
  client?: JobsClient | undefined;
}

/** What a job does. Its document and block are those of the hook. */
export interface JobRequest {
  type: JobType;
  /** Replaces the prompt of the block, or says how to refine its content. */
  prompt?: string | undefined;
  /** What the job does with its text. Default: `replace`. */
  applyMode?: ApplyMode | undefined;
  /** What to do if a job is in flight on the block. By default the hook follows that job. */
  onConflict?: "join" | "reject" | "replace" | undefined;
  /** The texts that the job reads, in place of a document and a block. */
  input?: JobInput | undefined;
}

export interface FollowedJob extends Omit<JobPolling, "cancel" | "retry"> {
  /** True while a request to start or to retry a job is sent. */
  isStarting: boolean;
  /** True from the call of `start` or `retry` until the job has ended. */
  isActive: boolean;
  /** Why the last request of the functions below has failed. Null after a success. */
  error: ApiError | null;
  /**
   * Creates a job and follows it. If another job is in flight on the block, follows that job. Resolves to the id of the
   * followed job, or to null after a failure. A second call before the answer sends nothing.
   */
  start: (request: JobRequest) => Promise<string | null>;
  /** Cancels the job. Its end shows no notice. */
  cancel: () => Promise<void>;
  /** Starts a new job with the input of the failed job, and follows it. */
  retry: (changes?: JobRetry) => Promise<void>;
}

/**
 * Starts a job, follows it until it ends, and finds it again after a reload. The functions never reject: a failed
 * request shows a notice, calls `onError` and is in `error`.
 */
export function useJob(options: JobOptions = {}): FollowedJob {
  const latest = useLatestOptions(options);
  const documentId = options.documentId || null;
  const blockId = options.blockId || null;
  const storageKey = options.storageKey || (blockId ? null : documentId);

  const subject = `${documentId} ${blockId} ${storageKey}`;
  const [started, setStarted] = useState<StartedJob | null>(null);
  const [isStarting, setStarting] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const ownJob = started?.subject === subject ? started : null;

  const active = useActiveJob({ documentId, blockId, storageKey, client: options.client });
  const polling = useJobPolling({
    ...options,
    jobId: ownJob?.jobId ?? active.jobId,
    storageKey,
    onComplete: () => options.onComplete?.(),
    onError: (message) => options.onError?.(message),
  });
  const job = polling.job ?? ownJob?.job ?? null;
  const { cancel: cancelPolled, retry: retryPolled, resume } = polling;

  const attempt = useCallback(
    async (title: string, request: () => Promise<unknown>) => {
      try {
        await request();
        setError(null);
      } catch (cause) {
        const failure = ApiError.of(cause);
        setError(failure);
        latest.current.notify?.({ kind: "error", title, message: failure.message });
        latest.current.onError?.(failure.message);
      }
    },
    [latest],
  );

  const startKey = useRef(new StartKey()).current;
  const starting = useRef<Promise<string | null> | null>(null);
  const start = useCallback(
    (request: JobRequest) => {
      const send = async () => {
        setStarting(true);
        let jobId: string | null = null;
        await attempt(failureTitle(request.type), async () => {
          const { client } = latest.current;
          const body = bodyOf(request, documentId, blockId);
          const key = startKey.take(body);
          try {
            const job = await createJob(client, body, key);
            jobId = job.jobId;
            setStarted({ subject, jobId, job });
          } catch (cause) {
            if (isOutcomeUnknown(cause)) startKey.keep(body, key);
            jobId = busyJobId(cause);
            if (jobId === null) throw cause;
            setStarted({ subject, jobId, job: null });
            resume(); // Polling of this job may have stopped before.
          } finally {
            if (documentId) invalidateJobList(client, documentId);
          }
        });
        setStarting(false);
        starting.current = null;
        return jobId;
      };
      starting.current ??= send();
      return starting.current;
    },
    [attempt, latest, startKey, subject, documentId, blockId, resume],
  );

  const cancel = useCallback(() => attempt("Cancelling failed", cancelPolled), [attempt, cancelPolled]);

  const retry = useCallback(
    async (changes?: JobRetry) => {
      setStarting(true);
      await attempt(failureTitle(job?.type), () => retryPolled(changes));
      setStarting(false);
    },
    [attempt, retryPolled, job?.type],
  );

  return {
    ...polling,
    job,
    isStarting,
    isActive: isStarting || polling.isActive,
    error,
    start,
    cancel,
    retry,
  };
}

interface StartedJob {
  /** The document, block and name of the hook when the job was started. */
  subject: string;
  jobId: string;
  /** Null if the job was started elsewhere. */
  job: Job | null;
}

function bodyOf(
  { type, prompt, applyMode, onConflict, input }: JobRequest,
  documentId: string | null,
  blockId: string | null,
): NewJob {
  const subject = input ? { input } : { documentId, ...(blockId && { blockId }) };
  return { type, ...subject, prompt, applyMode, onConflict } as NewJob;
}

/** The job that is in flight on the block, if the service has said that the block is busy. */
function busyJobId(cause: unknown): string | null {
  const isBusy = cause instanceof ApiError && cause.code === "BLOCK_BUSY";
  return (isBusy && cause.problem?.existingJobId) || null;
}
