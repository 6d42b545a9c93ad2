"use client";

import { useEffect, useState } from "react";
import { ApiError } from "./api-error.js";
import type { JobsClient } from "./client.js";
import { findActiveJob } from "./job-requests.js";
import { useJobsClient } from "./jobs-provider.js";
import { onReturn } from "./on-return.js";
import type { Job } from "./types.js";
import { useLatest } from "./use-latest.js";

/** Milliseconds between two asks at least: a page that is shown often gets the focus in the same moment. */
const MIN_INTERVAL_MS = 2000;

export interface ActiveJobOptions {
  /** The document; null or undefined while it is not known. */
  documentId: string | null | undefined;
  /** A block of the document; null or undefined while it is not known. */
  blockId: string | null | undefined;
  /** Default: as the provider above has it. */
  client?: JobsClient | undefined;
}

export interface ActiveJob {
  /** The newest GENERATE or REFINE that was under way on the block when it was asked for; null if there was none. */
  jobId: string | null;
  /** That job, without its partial text. */
  job: Job | null;
  isLoading: boolean;
  /** Why it could not be asked for. Nothing is shown, and nothing is tried again before the user comes back. */
  error: ApiError | null;
}

/**
 * Finds the job that writes a block, to follow it after the page was loaded again or where it was started elsewhere.
 * Asks once for each block, and again whenever the user comes back to the page, until it has found one.
 */
export function useActiveJob({ documentId, blockId, client }: ActiveJobOptions): ActiveJob {
  const sharedClient = useJobsClient();
  const latestClient = useLatest(client ?? sharedClient);
  const isKnown = Boolean(documentId && blockId);
  const [answer, setAnswer] = useState<Answer | null>(null);

  useEffect(() => {
    if (!documentId || !blockId) return;
    let request: AbortController | null = null;
    let askedAt = 0;
    const ask = () => {
      const controller = new AbortController();
      request = controller;
      askedAt = performance.now();
      const settle = (job: Job | null, error: ApiError | null) => {
        if (request !== controller) return;
        request = null;
        setAnswer({ documentId, blockId, job, error });
        if (job) stopListening();
      };
      findActiveJob(latestClient.current, documentId, blockId, controller).then(
        (job) => settle(job, null),
        (cause: unknown) => settle(null, ApiError.of(cause)),
      );
    };
    const stopListening = onReturn(() => {
      if (request === null && performance.now() - askedAt >= MIN_INTERVAL_MS) ask();
    });
    ask();
    return () => {
      stopListening();
      request?.abort();
      request = null;
    };
  }, [documentId, blockId, latestClient]);

  const current = answer?.documentId === documentId && answer?.blockId === blockId ? answer : null;
  const job = current?.job ?? null;
  return { jobId: job?.jobId ?? null, job, isLoading: isKnown && current === null, error: current?.error ?? null };
}

interface Answer {
  documentId: string;
  blockId: string;
  job: Job | null;
  error: ApiError | null;
}
