"use client";

import { useEffect, useState } from "react";
import { ApiError } from "./api-error.js";
import type { JobsClient } from "./client.js";
import { findActiveJob } from "./job-requests.js";
import { useJobsClient } from "./jobs-provider.js";
import type { Job } from "./types.js";
import { useLatest } from "./use-latest.js";

export interface ActiveJobOptions {
  /** The document; null or undefined while it is not known. */
  documentId: string | null | undefined;
  /** A block of the document; null or undefined while it is not known. */
  blockId: string | null | undefined;
  /** Default: as the provider above has it. */
  client?: JobsClient | undefined;
}

export interface ActiveJob {
  /** The newest job that was under way on the block when it was asked for; null if there was none. */
  jobId: string | null;
  /** That job, without its partial text. */
  job: Job | null;
  isLoading: boolean;
  /** Why it could not be asked for. Nothing is shown, and nothing is tried again. */
  error: ApiError | null;
}

/** Finds a job under way on a block, to follow it after the page was loaded again. Asks once for each block. */
export function useActiveJob({ documentId, blockId, client }: ActiveJobOptions): ActiveJob {
  const sharedClient = useJobsClient();
  const latestClient = useLatest(client ?? sharedClient);
  const isKnown = Boolean(documentId && blockId);
  const [answer, setAnswer] = useState<Answer | null>(null);

  useEffect(() => {
    if (!documentId || !blockId) return;
    const controller = new AbortController();
    let isCurrent = true;
    const settle = (job: Job | null, error: ApiError | null) => {
      if (isCurrent) setAnswer({ documentId, blockId, job, error });
    };
    findActiveJob(latestClient.current, documentId, blockId, controller).then(
      (job) => settle(job, null),
      (cause: unknown) => settle(null, ApiError.of(cause)),
    );
    return () => {
      isCurrent = false;
      controller.abort();
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
