"use client";

import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import type { JobsClient } from "./create-client.js";
import { JobPoller, type JobPollerState, type PollResult } from "./job-poller.js";
import { readJob } from "./job-requests.js";
import { cancelQuietly, type JobCallbacks, notifyEnded, notifyPollingStopped, resetStoppedNotice } from "./outcome.js";
import { forgetJob, nameOfWrite, rememberJob } from "./remembered-jobs.js";
import { followJobOf, isListCheaper, sharedJobList } from "./shared-list.js";
import { type Job, type Progress, unappliedTextOf } from "./types.js";
import { useLatestOptions } from "./use-latest-options.js";

export interface PolledJobOptions extends JobCallbacks {
  /** The job to poll. Null or undefined polls nothing. */
  jobId: string | null | undefined;
  /**
   * Remembers the job in this tab under this name until its end has been told, so that `useJob` or `useActiveJob` with
   * the same name find it after a reload. Default: the block that the job writes.
   */
  storageKey?: string | null | undefined;
  /** Milliseconds between two polls. Default: the interval of the service, or 2000. */
  pollInterval?: number | undefined;
  /** Default: the client of the nearest `JobsProvider`. */
  client?: JobsClient | undefined;
}

export interface PolledJob {
  /** The last known state of the job, or null before the first answer. */
  job: Job | null;
  /** Phase, message and percent of the job, or null if the service sends none. */
  progress: Progress | null;
  /** The text that the job has written so far. The job may still discard it. */
  partialText: string | null;
  /**
   * The text of a completed job that the block does not have: a proposal (PROPOSED), or a text that was not applied
   * (NOT_APPLIED). Null otherwise.
   */
  unappliedText: string | null;
  /** True while the job is polled and has not ended. */
  isActive: boolean;
  /**
   * Cancels the job. No notice is shown, because the user has asked for it. The callbacks are called as for any FAILED
   * job. Resolves when the service has answered, or immediately if no job is active. A job that has ended before keeps
   * its result. Rejects with an `ApiError` if the request fails. Polling then continues.
   */
  cancel: () => Promise<void>;
  /**
   * Restarts polling after it has stopped, with a fresh count of failures. If polling stops again, one more notice is
   * shown. Does nothing while the job is polled or after it has ended.
   */
  resume: () => void;
}

/** Polls a job as `useJobPolling` does. `known` is the job, if it is known before the first answer. */
export function usePolledJob(options: PolledJobOptions, known: Job | null): PolledJob {
  const latest = useLatestOptions(options);
  const jobId = options.jobId || null;

  const endedJobIds = useRef(new Set<string>());
  const poller = useMemo(() => {
    if (jobId === null) return null;
    const poller: JobPoller = new JobPoller({
      read: (etag, signal) => read(latest.current.client, jobId, poller.getState().job, etag, signal),
      pollInterval: () => latest.current.pollInterval,
      onEnd(job) {
        if (endedJobIds.current.has(jobId)) return;
        endedJobIds.current.add(jobId);
        forgetJob(jobId);
        notifyEnded(jobId, job, latest.current);
      },
      onPollingStopped(error, job) {
        if (error.status === 404) forgetJob(jobId);
        notifyPollingStopped(jobId, error, job, latest.current);
      },
    });
    return poller;
  }, [jobId, latest]);

  const state = useSyncExternalStore(
    poller?.subscribe ?? subscribeToNothing,
    poller?.getState ?? idleState,
    poller?.getState ?? idleState,
  );
  const job = state.job ?? known;

  const documentId = state.isActive ? job?.documentId : undefined;
  useEffect(() => (documentId ? followJobOf(latest.current.client, documentId) : undefined), [documentId, latest]);

  const followed = state.isActive ? job : null;
  const name = options.storageKey || (followed && nameOfWrite(followed));
  useEffect(() => {
    if (followed && name) rememberJob(name, followed);
  }, [followed, name]);

  const cancel = useCallback(async () => {
    if (poller === null || jobId === null || !poller.getState().isActive) return;
    poller.suspend();
    try {
      const cancelled = await cancelQuietly(latest.current.client, jobId);
      if (cancelled) poller.setJob(cancelled);
    } finally {
      poller.resume();
    }
  }, [poller, jobId, latest]);

  const resume = useCallback(() => {
    if (jobId !== null && poller?.restart()) resetStoppedNotice(jobId);
  }, [poller, jobId]);

  return {
    job,
    progress: job?.progress ?? null,
    partialText: job?.progress?.partialText ?? null,
    unappliedText: unappliedTextOf(job),
    isActive: state.isActive,
    cancel,
    resume,
  };
}

/** Milliseconds in which the polls of several jobs of a document share one list. Their timers start together. */
const SHARED_LIST_MS = 500;

/** Reads a job alone, or with one list for all jobs of its document. An ended job is missing in the list. */
async function read(
  client: JobsClient,
  jobId: string,
  known: Job | null,
  etag: string | null,
  signal: AbortSignal,
): Promise<PollResult> {
  if (known?.documentId && known.blockId && isListCheaper(client, known.documentId)) {
    const { jobs, retryAfterMs } = await sharedJobList(client, known.documentId, SHARED_LIST_MS);
    const job = jobs.find((listed) => listed.jobId === jobId);
    if (job) return { job, etag: null, retryAfterMs };
  }
  return readJob(client, jobId, etag, signal);
}

const IDLE: JobPollerState = { job: null, isActive: false };
const idleState = () => IDLE;
const subscribeToNothing = () => () => {};
