"use client";

import { useCallback, useRef, useState } from "react";
import { changesOf, createJob } from "./job-requests.js";
import type { Job, JobRetry } from "./types.js";
import { useLatestOptions } from "./use-latest-options.js";
import { type PolledJob, type PolledJobOptions, usePolledJob } from "./use-polled-job.js";

export type JobPollingOptions = PolledJobOptions;

export interface JobPolling extends PolledJob {
  /**
   * Retries the failed job as a new job and polls the new job. Resolves to the new job. Rejects with an `ApiError` if
   * the request fails. A call while the request runs, such as a second click, gets the same job.
   */
  retry: (changes?: JobRetry) => Promise<Job>;
}

/**
 * Polls a job until it ends, shows one notice about the outcome, and calls the callbacks once. Polls immediately, then
 * at the interval of the service, and pauses in a hidden tab. Retries up to 5 consecutive network and server failures.
 * The sixth failure stops the polling. An answer such as 401 or 404 stops it immediately.
 */
export function useJobPolling(options: JobPollingOptions): JobPolling {
  const latest = useLatestOptions(options);

  const givenId = options.jobId || null;
  // The new job of a retry is polled until the caller passes another id, which may be the id of the new job.
  const [retried, setRetried] = useState<{ givenId: string | null; job: Job } | null>(null);
  if (retried && retried.givenId !== givenId) {
    setRetried(retried.job.jobId === givenId ? { givenId, job: retried.job } : null);
  }
  const newJob = retried?.job ?? null;
  const jobId = newJob?.jobId ?? givenId;
  const polled = usePolledJob({ ...options, jobId }, newJob);

  const request = useRef<{ jobId: string; job: Promise<Job> } | null>(null);
  const retry = useCallback(
    async (changes: JobRetry = {}) => {
      if (jobId === null) throw new Error("There is no job to retry.");
      const own =
        request.current?.jobId === jobId
          ? request.current
          : { jobId, job: createJob(latest.current.client, changesOf(changes), jobId) };
      request.current = own;
      try {
        const job = await own.job;
        setRetried({ givenId, job });
        return job;
      } finally {
        if (request.current === own) request.current = null;
      }
    },
    [jobId, givenId, latest],
  );

  return { ...polled, retry };
}
