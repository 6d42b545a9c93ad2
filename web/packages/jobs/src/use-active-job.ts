"use client";

import { useEffect, useState } from "react";
import { ApiError } from "./api-error.js";
import type { JobsClient } from "./create-client.js";
import { readJobIfExists } from "./document-requests.js";
import { useJobsClient } from "./jobs-provider.js";
import { onRefocus } from "./on-refocus.js";
import { forgetJob, rememberedJobId } from "./remembered-jobs.js";
import { withTimeout } from "./request-timeout.js";
import { onJobListInvalidated, sharedJobList } from "./shared-list.js";
import type { Job } from "./types.js";
import { useLatest } from "./use-latest.js";

/** Minimum milliseconds between two requests. A page that becomes visible often gets the focus at the same time. */
const MIN_INTERVAL_MS = 2000;

export interface ActiveJobOptions {
  /** Null or undefined while the id is unknown. */
  documentId: string | null | undefined;
  /** A block of the document. Null or undefined while the id is unknown. */
  blockId: string | null | undefined;
  /** In place of both ids: the `storageKey` of a job that writes no block. */
  storageKey?: string | null | undefined;
  /** Default: the client of the nearest `JobsProvider`. */
  client?: JobsClient | undefined;
}

export interface ActiveJob {
  /**
   * The newest job that was found: a GENERATE or REFINE job in flight on the block, a job that a `useJob` of this page has
   * started, or the job that this tab has followed before, if its end has not been told. Or null.
   */
  jobId: string | null;
  /** The job of `jobId` when it was found. Null if only its id is known. */
  job: Job | null;
  isLoading: boolean;
  /** Why the last request failed. No notice is shown, and the next request waits until the page is refocused. */
  error: ApiError | null;
}

/**
 * Finds the active job of a block, so that a reloaded page or another tab can poll it. All blocks of a document that
 * are shown at about the same time share one request, and another one on each refocus of the page. Also finds a job that
 * has ended while the page was reloaded, so that its end is told.
 */
export function useActiveJob({ documentId, blockId, storageKey, client }: ActiveJobOptions): ActiveJob {
  const sharedClient = useJobsClient();
  const latestClient = useLatest(client ?? sharedClient);
  const name = storageKey || blockId || null;
  const subject = `${documentId} ${name}`;
  const isKnown = Boolean(storageKey || (documentId && blockId));
  const [result, setResult] = useState<LookupResult | null>(null);

  useEffect(() => {
    if (name === null || !isKnown) return;
    let isMounted = true;
    let isWaiting = false;
    let sentAt = 0;
    // Job ids sort by time of creation.
    const take = (jobId: string | null, job: Job | null, error: ApiError | null) =>
      setResult((known) => {
        const isKnownNewer = known?.subject === subject && (known.jobId ?? "") >= (jobId ?? "");
        return isKnownNewer ? { ...known, error } : { subject, jobId, job, error };
      });
    const lookUp = () => {
      isWaiting = true;
      sentAt = performance.now();
      const show = (job: Job | null, error: ApiError | null) => {
        isWaiting = false;
        if (isMounted) take(job?.jobId ?? null, job, error);
      };
      findJob(latestClient.current, documentId, blockId, name).then(
        (job) => show(job, null),
        (cause: unknown) => show(null, ApiError.of(cause)),
      );
    };
    const stopListening = onRefocus(() => {
      if (!isWaiting && performance.now() - sentAt >= MIN_INTERVAL_MS) lookUp();
    });
    const ignoreStarts = onJobListInvalidated((_client, _documentId, started) => {
      if (started?.name === name) take(started.jobId, started.job, null);
    });
    lookUp();
    return () => {
      stopListening();
      ignoreStarts();
      isMounted = false;
    };
  }, [documentId, blockId, name, subject, isKnown, latestClient]);

  const current = result?.subject === subject ? result : null;
  return {
    jobId: current?.jobId ?? null,
    job: current?.job ?? null,
    isLoading: isKnown && current === null,
    error: current?.error ?? null,
  };
}

interface LookupResult {
  /** The document and the name that were looked up. */
  subject: string;
  jobId: string | null;
  job: Job | null;
  error: ApiError | null;
}

async function findJob(
  client: JobsClient,
  documentId: string | null | undefined,
  blockId: string | null | undefined,
  name: string,
): Promise<Job | null> {
  if (documentId && blockId) {
    const { jobs } = await sharedJobList(client, documentId, MIN_INTERVAL_MS);
    const active = jobs.filter((job) => job.blockId === blockId).at(-1);
    if (active) return active;
  }
  const jobId = rememberedJobId(name);
  if (jobId === null) return null;
  const job = await withTimeout((signal) => readJobIfExists(client, jobId, signal));
  if (job === null) forgetJob(jobId);
  return job;
}
