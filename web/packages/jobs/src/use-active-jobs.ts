"use client";

import { useCallback, useEffect, useMemo, useSyncExternalStore } from "react";
import { ActiveJobsPoller, type ActiveJobsState } from "./active-jobs-poller.js";
import type { ApiError } from "./api-error.js";
import type { JobsClient } from "./create-client.js";
import { useJobsClient } from "./jobs-provider.js";
import { onRefocus } from "./on-refocus.js";
import { onJobListInvalidated, SAME_MOMENT_MS, sharedJobList } from "./shared-list.js";
import type { Job } from "./types.js";
import { useLatest } from "./use-latest.js";

export interface ActiveJobsOptions {
  /** The document. Null or undefined finds nothing. */
  documentId: string | null | undefined;
  /** Milliseconds between two polls. Default: the shortest interval that the service sets, at most 3000, or 2000. */
  pollInterval?: number | undefined;
  /** Default: the client of the nearest `JobsProvider`. */
  client?: JobsClient | undefined;
}

export interface ActiveJobs {
  /** The GENERATE and REFINE jobs in flight, oldest first. `progress.partialText` has the live text of each job. */
  jobs: Job[];
  /** The job in flight that writes this block, or null. */
  jobOf: (blockId: string) => Job | null;
  isLoading: boolean;
  /** Why the jobs cannot be listed. Null otherwise. No notice is shown. */
  error: ApiError | null;
  /** Lists the jobs again after an `error`. */
  resume: () => void;
}

/**
 * Shows which blocks of a document are being written, with one request for all of them. Polls while jobs are in flight,
 * and looks again when the user returns to the page or when this page has created jobs. It does not say how a job has
 * ended, and shows no notices.
 */
export function useActiveJobs({ documentId, pollInterval, client }: ActiveJobsOptions): ActiveJobs {
  const sharedClient = useJobsClient();
  const latest = useLatest({ client: client ?? sharedClient, pollInterval });
  const id = documentId || null;
  const poller = useMemo(() => {
    if (id === null) return null;
    return new ActiveJobsPoller({
      list: () => sharedJobList(latest.current.client, id, SAME_MOMENT_MS),
      pollInterval: () => latest.current.pollInterval,
    });
  }, [id, latest]);

  useEffect(() => (poller ? onRefocus(() => poller.lookUp()) : undefined), [poller]);
  useEffect(() => {
    return onJobListInvalidated((client, changedId) => {
      if (changedId === id && client === latest.current.client) poller?.refresh();
    });
  }, [poller, id, latest]);

  const state = useSyncExternalStore(
    poller?.subscribe ?? subscribeToNothing,
    poller?.getState ?? idleState,
    poller?.getState ?? idleState,
  );
  const { jobs, isLoading, error } = state;
  const jobOf = useCallback((blockId: string) => jobs.filter((job) => job.blockId === blockId).at(-1) ?? null, [jobs]);
  const resume = useCallback(() => poller?.restart(), [poller]);
  return { jobs, jobOf, isLoading, error, resume };
}

const IDLE: ActiveJobsState = { jobs: [], isActive: false, isLoading: false, error: null };
const idleState = () => IDLE;
const subscribeToNothing = () => () => {};
