"use client";

import { useEffect, useState } from "react";
import { ApiError } from "./api-error.js";
import type { JobsClient } from "./create-client.js";
import { readJobIfExists } from "./document-requests.js";
import { useJobsClient } from "./jobs-provider.js";
import { onRefocus } from "./on-refocus.js";
import { forgetJob, rememberedJobId } from "./remembered-jobs.js";
import { withTimeout } from "./request-timeout.js";
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
  /** In place of both ids: the `storageKey` of a job that writes no block. */
  storageKey?: string | null | undefined;
  /** Default: the client of the nearest `JobsProvider`. */
  client?: JobsClient | undefined;
}

export interface ActiveJob {
  /**
   * The newest active GENERATE or REFINE job of the block at the time of the request. Otherwise the job that this tab
   * has followed before, if its end has not been told. Or null.
   */
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
 * Also finds a job that has ended while the page was reloaded, so that its end is told.
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
    let request: AbortController | null = null;
    let sentAt = 0;
    const lookUp = () => {
      const controller = new AbortController();
      request = controller;
      sentAt = performance.now();
      const show = (job: Job | null, error: ApiError | null) => {
        if (request !== controller) return;
        request = null;
        setResult({ subject, job, error });
        if (job) stopListening();
      };
      findJob(latestClient.current, documentId, blockId, name, controller).then(
        (job) => show(job, null),
        (cause: unknown) => show(null, ApiError.of(cause)),
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
  }, [documentId, blockId, name, subject, isKnown, latestClient]);

  const current = result?.subject === subject ? result : null;
  const job = current?.job ?? null;
  return { jobId: job?.jobId ?? null, job, isLoading: isKnown && current === null, error: current?.error ?? null };
}

interface LookupResult {
  /** The document and the name that were looked up. */
  subject: string;
  job: Job | null;
  error: ApiError | null;
}

async function findJob(
  client: JobsClient,
  documentId: string | null | undefined,
  blockId: string | null | undefined,
  name: string,
  controller: AbortController,
): Promise<Job | null> {
  if (documentId && blockId) {
    const { jobs } = await sharedJobList(client, documentId, MIN_INTERVAL_MS, controller.signal);
    const active = jobs.filter((job) => job.blockId === blockId).at(-1);
    if (active) return active;
  }
  const jobId = rememberedJobId(name);
  if (jobId === null) return null;
  const job = await withTimeout((signal) => readJobIfExists(client, jobId, signal), controller);
  if (job === null) forgetJob(jobId);
  return job;
}
