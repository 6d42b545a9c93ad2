"use client";

import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import type { ApiError } from "./api-error.js";
import type { JobsClient } from "./create-client.js";
import { type DocumentJobsCallbacks, DocumentOutcome } from "./document-outcome.js";
import { DocumentPoller, type DocumentPollerState } from "./document-poller.js";
import {
  bodyOf,
  cancelDocumentJobs,
  type DocumentJobsRequest,
  readJobIfExists,
  startDocumentJobs,
} from "./document-requests.js";
import { isInFlight } from "./followed-jobs.js";
import { onRefocus } from "./on-refocus.js";
import { forgetJob, rememberedJobIdsOf } from "./remembered-jobs.js";
import { invalidateJobList, SAME_MOMENT_MS, sharedJobList } from "./shared-list.js";
import type { DocumentJobs, Job, SkippedBlock } from "./types.js";
import { useLatestOptions } from "./use-latest-options.js";

export interface DocumentJobsOptions extends DocumentJobsCallbacks {
  /** The document whose jobs are followed. Null or undefined follows nothing. */
  documentId: string | null | undefined;
  /** Milliseconds between two polls. Default: the shortest interval that the service sets, at most 3000, or 2000. */
  pollInterval?: number | undefined;
  /** Default: the client of the nearest `JobsProvider`. */
  client?: JobsClient | undefined;
}

export interface DocumentJobCounts {
  total: number;
  /** PENDING or PROCESSING. */
  active: number;
  completed: number;
  failed: number;
}

export interface FollowedDocumentJobs {
  /**
   * The last known states of the followed jobs, one per block. A newer job of a block replaces the older one. Jobs stay
   * here after all have ended, until other jobs are followed. `progress.partialText` has the live text of each job.
   */
  jobs: Job[];
  /** The blocks that got no job from the last `start`, and why. */
  skipped: SkippedBlock[];
  /** How many of `jobs` there are, by status. */
  counts: DocumentJobCounts;
  /** True from a `start` until all jobs have ended, and while other jobs in flight are followed. */
  isActive: boolean;
  /**
   * True until it is known whether jobs of the document are in flight already. Also true while this is looked up after
   * a `start` that has failed or has found busy blocks.
   */
  isLoading: boolean;
  /** Why the jobs cannot be followed or looked up. Null otherwise. */
  error: ApiError | null;
  /**
   * Creates jobs with one request and follows them, with the jobs that are followed already. Resolves to the answer.
   * Without `blockIds`, the request is about all blocks of the document. The jobs in the answer have no `prompt`. If
   * blocks are busy, their jobs are followed too. Rejects with an `ApiError` if the request fails. The service may have
   * created jobs even so. These are looked up and followed, and a `start` with the same request creates none twice.
   */
  start: (request?: DocumentJobsRequest) => Promise<DocumentJobs>;
  /**
   * Cancels the document's jobs in flight. No notice is shown about them, because the user has asked for it. The
   * callbacks are called as for any FAILED job. Resolves when the service has answered, or immediately if no followed
   * job is in flight. Rejects with an `ApiError` if the request fails. Following then continues.
   */
  cancel: () => Promise<void>;
  /**
   * Restarts following after it has stopped, with a fresh count of failures. If it stops again, one more notice is
   * shown. Does nothing without `error`.
   */
  resume: () => void;
}

/**
 * Follows all GENERATE and REFINE jobs of a document, shows one notice when all have ended, and calls the callbacks
 * once. Finds jobs that are in flight already, and those that have ended during a reload. One request has the live texts of all of them. Sends one poll at a time, at the interval of the service, and pauses in
 * a hidden tab. Failures are handled as in `useJobPolling`.
 */
export function useDocumentJobs(options: DocumentJobsOptions): FollowedDocumentJobs {
  const latest = useLatestOptions(options);

  const documentId = options.documentId || null;
  const poller = useMemo(() => {
    if (documentId === null) return null;
    return new DocumentPoller({
      list: () => sharedJobList(latest.current.client, documentId, SAME_MOMENT_MS),
      read: async (jobId, signal) => {
        const job = await readJobIfExists(latest.current.client, jobId, signal);
        if (job === null) forgetJob(jobId);
        return job;
      },
      rememberedIds: () => rememberedJobIdsOf(documentId),
      pollInterval: () => latest.current.pollInterval,
      outcome: new DocumentOutcome(documentId, () => latest.current),
    });
  }, [documentId, latest]);

  // Another tab may start jobs.
  useEffect(() => (poller ? onRefocus(() => poller.lookUp()) : undefined), [poller]);

  const state = useSyncExternalStore(
    poller?.subscribe ?? subscribeToNothing,
    poller?.getState ?? idleState,
    poller?.getState ?? idleState,
  );

  const start = useCallback(
    async (request: DocumentJobsRequest = {}) => {
      if (poller === null || documentId === null) throw new Error("There is no document.");
      const body = bodyOf(request);
      const { client } = latest.current;
      return poller.startJobs(body, (key) =>
        startDocumentJobs(client, documentId, body, key).finally(() => invalidateJobList(client, documentId)),
      );
    },
    [poller, documentId, latest],
  );

  const cancel = useCallback(async () => {
    if (poller === null || documentId === null) return;
    const { client } = latest.current;
    await poller.cancelJobs(() =>
      cancelDocumentJobs(client, documentId).finally(() => invalidateJobList(client, documentId)),
    );
  }, [poller, documentId, latest]);

  const resume = useCallback(() => poller?.restart(), [poller]);

  const counts = countsOf(state.jobs);
  return {
    jobs: state.jobs,
    skipped: state.skipped,
    counts,
    isActive: state.isStarting || (state.isActive && counts.active > 0),
    isLoading: state.isLoading,
    error: state.error,
    start,
    cancel,
    resume,
  };
}

function countsOf(jobs: Job[]): DocumentJobCounts {
  return {
    total: jobs.length,
    active: jobs.filter(isInFlight).length,
    completed: jobs.filter(({ status }) => status === "COMPLETED").length,
    failed: jobs.filter(({ status }) => status === "FAILED").length,
  };
}

const IDLE: DocumentPollerState = {
  jobs: [],
  skipped: [],
  isActive: false,
  isLoading: false,
  isStarting: false,
  error: null,
};
const idleState = () => IDLE;
const subscribeToNothing = () => () => {};
