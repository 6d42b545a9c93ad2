"use client";

import { useEffect, useState } from "react";
import { ApiError } from "./api-error.js";
import type { JobsClient } from "./client.js";
import { useJobsClient } from "./jobs-provider.js";
import { onRefocus } from "./on-refocus.js";
import { sharedJobList } from "./shared-list.js";
import type { Job } from "./types.js";
import { useLatest } from "./use-latest.js";

/** Minimum milliseconds between two requests. A page that becomes visible often gets the focus at the same time. */
const MIN_INTERVAL_MS = 2000;

export interface ActiveJobOptions {
  /** Null or undefined while the id is unknown. */
  documentId: string | null | undefined;
  /** A block of the document. Null or undefined while the id is unknown. */
  blockId: string | null | undefined;
  /** Default: the client of the nearest `JobsProvider`. */
  client?: JobsClient | undefined;
}

export interface ActiveJob {
  /** The newest active GENERATE or REFINE job of the block at the time of the request, or null. */
  jobId: string | null;
  /** The job of `jobId`. */
  job: Job | null;
  isLoading: boolean;
  /** Why the last request failed. No notice is shown, and the next request waits until the page is refocused. */
  error: ApiError | null;
}

/**
 * Finds the active job of a block, so that a reloaded page or another tab can poll it. All blocks of a document that
 * are shown at about the same time share one request, and another one on each refocus of the page until a job is found.
 */
export function useActiveJob({ documentId, blockId, client }: ActiveJobOptions): ActiveJob {
  const sharedClient = useJobsClient();
  const latestClient = useLatest(client ?? sharedClient);
  const isKnown = Boolean(documentId && blockId);
  const [result, setResult] = useState<LookupResult | null>(null);

  useEffect(() => {
    if (!documentId || !blockId) return;
    let request: AbortController | null = null;
    let sentAt = 0;
    const lookUp = () => {
      const controller = new AbortController();
      request = controller;
      sentAt = performance.now();
      const settle = (job: Job | null, error: ApiError | null) => {
        if (request !== controller) return;
        request = null;
        setResult({ documentId, blockId, job, error });
        if (job) stopListening();
      };
      sharedJobList(latestClient.current, documentId, MIN_INTERVAL_MS, controller.signal).then(
        ({ jobs }) => settle(jobs.filter((job) => job.blockId === blockId).at(-1) ?? null, null),
        (cause: unknown) => settle(null, ApiError.of(cause)),
      );
    };
    const stopListening = onRefocus(() => {
      if (request === null && performance.now() - sentAt >= MIN_INTERVAL_MS) lookUp();
    });
    lookUp();
    return () => {
      stopListening();
      request?.abort();
      request = null;
    };
  }, [documentId, blockId, latestClient]);

  const current = result?.documentId === documentId && result?.blockId === blockId ? result : null;
  const job = current?.job ?? null;
  return { jobId: job?.jobId ?? null, job, isLoading: isKnown && current === null, error: current?.error ?? null };
}

interface LookupResult {
  documentId: string;
  blockId: string;
  job: Job | null;
  error: ApiError | null;
}
