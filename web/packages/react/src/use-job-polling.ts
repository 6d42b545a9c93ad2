"use client";

import { useCallback, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { ApiError } from "./api-error.js";
import type { JobsClient } from "./client.js";
import { cancelJob, readJob, retryJob } from "./job-requests.js";
import { useJobsClient, useNotify } from "./jobs-provider.js";
import { type Audience, forgetGivenUp, silenceEnd, tellEnd, tellGivenUp } from "./outcome.js";
import { JobPoller, type PollerState } from "./poller.js";
import type { Job, JobRetry, Progress } from "./types.js";
import { useLatest } from "./use-latest.js";

export interface JobPollingOptions extends Audience {
  /** The job to follow; null or undefined for none. */
  jobId: string | null | undefined;
  /** Milliseconds between two polls. Default: as the service asks for, or 2000. */
  pollInterval?: number | undefined;
  /** Default: as the provider above has it. */
  client?: JobsClient | undefined;
}

export interface JobPolling {
  /** The job as it was seen last; null before the first answer. */
  job: Job | null;
  /** How far it is, in words and percent; null if the service does not say. */
  progress: Progress | null;
  /** The text so far, while it is written; it may still be thrown away. */
  partialText: string | null;
  /** Whether a job is followed that has not ended. */
  isActive: boolean;
  /**
   * Cancels the job. No notice is shown, as the user knows; the callbacks are called as for any failed job.
   * Resolves when the service has answered, at once if no job is followed; a job that ended before keeps its end.
   * Rejects with an `ApiError` if the request fails; the job is then followed on.
   */
  cancel: () => Promise<void>;
  /**
   * Does again what the failed job was to do, and follows the new job, to which it resolves.
   * Rejects with an `ApiError` if the request fails.
   */
  retry: (changes?: JobRetry) => Promise<Job>;
  /**
   * Asks for the job again after polling was given up, with a fresh count of failures. If it is given up once more,
   * that is told once more. Does nothing while the job is followed or after it has ended.
   */
  resume: () => void;
}

/**
 * Follows a job until it ends, shows one notice about how it ended, and calls the callbacks once. It asks
 * at once and then as often as the service says, and pauses in a hidden tab. It bears up to 5 network and server
 * failures in a row; the next one, or an answer such as 401 or 404 at once, makes it give up.
 */
export function useJobPolling(options: JobPollingOptions): JobPolling {
  const sharedClient = useJobsClient();
  const sharedNotify = useNotify();
  const latest = useLatest({
    ...options,
    client: options.client ?? sharedClient,
    notify: options.notify === undefined ? sharedNotify : options.notify,
  });

  const givenId = options.jobId || null;
  // The new job of a retry is followed until another id is given; the page may well give the new job's.
  const [retried, setRetried] = useState<{ givenId: string | null; job: Job } | null>(null);
  if (retried && retried.givenId !== givenId) {
    setRetried(retried.job.jobId === givenId ? { givenId, job: retried.job } : null);
  }
  const newJob = retried?.job ?? null;
  const jobId = newJob?.jobId ?? givenId;

  const endedIds = useRef(new Set<string>());
  const poller = useMemo(() => {
    if (jobId === null) return null;
    return new JobPoller({
      read: (etag, signal) => readJob(latest.current.client, jobId, etag, signal),
      pollInterval: () => latest.current.pollInterval,
      onEnd(job) {
        if (endedIds.current.has(jobId)) return;
        endedIds.current.add(jobId);
        tellEnd(jobId, job, latest.current);
      },
      onGiveUp: (error, job) => tellGivenUp(jobId, error, job, latest.current),
    });
  }, [jobId, latest]);

  const state = useSyncExternalStore(
    poller?.subscribe ?? subscribeToNothing,
    poller?.getState ?? idleState,
    poller?.getState ?? idleState,
  );
  const job = state.job ?? newJob;

  const cancel = useCallback(async () => {
    if (poller === null || jobId === null || !poller.getState().isActive) return;
    poller.suspend();
    const unsilence = silenceEnd(jobId);
    let cancelled: Job | null;
    try {
      cancelled = await cancelJob(latest.current.client, jobId);
    } catch (error) {
      unsilence();
      poller.resume();
      if (error instanceof ApiError && error.status === 409) return;
      throw error;
    }
    if (cancelled) poller.accept(cancelled);
    else poller.resume();
  }, [poller, jobId, latest]);

  const retry = useCallback(
    async (changes: JobRetry = {}) => {
      if (jobId === null) throw new Error("There is no job to retry.");
      const job = await retryJob(latest.current.client, jobId, changes);
      setRetried({ givenId, job });
      return job;
    },
    [jobId, givenId, latest],
  );

  const resume = useCallback(() => {
    if (jobId !== null && poller?.restart()) forgetGivenUp(jobId);
  }, [poller, jobId]);

  return {
    job,
    progress: job?.progress ?? null,
    partialText: job?.progress?.partialText ?? null,
    isActive: state.isActive,
    cancel,
    retry,
    resume,
  };
}

const IDLE: PollerState = { job: null, isActive: false };
const idleState = () => IDLE;
const subscribeToNothing = () => () => {};
