/**
 * Queries and mutations for apps that use TanStack Query. They hold jobs in the app's own cache, and show no notices:
 * `endNotice(job)` has the texts.
 */

import { mutationOptions, queryOptions } from "@tanstack/react-query";
import { ApiError, unwrap } from "./api-error.js";
import type { JobsClient } from "./create-client.js";
import { listJobsInFlight, readJobIfExists } from "./document-requests.js";
import { isInFlight, listIntervalOf } from "./followed-jobs.js";
import type { NewJob } from "./inline-input.js";
import { cancelJob } from "./job-requests.js";
import { hasEnded } from "./types.js";

/** The query keys, for `invalidateQueries`. */
export const jobKeys = {
  all: ["report-builder-jobs"] as const,
  job: (jobId: string | null) => [...jobKeys.all, "job", jobId] as const,
  active: (documentId: string | null) => [...jobKeys.all, "active", documentId] as const,
};

/** Consecutive failures that are retried. */
const MAX_RETRIES = 5;

const retry = (failures: number, error: Error) => failures < MAX_RETRIES && ApiError.of(error).retryable;

/** Polls a job until it ends. Null for `jobId` polls nothing. The data is null if the job does not exist any more. */
export function jobQuery(client: JobsClient, jobId: string | null) {
  return queryOptions({
    queryKey: jobKeys.job(jobId),
    queryFn: ({ signal }) => readJobIfExists(client, jobId ?? "", signal),
    enabled: jobId !== null,
    staleTime: ({ state }) => (state.data && hasEnded(state.data) ? Number.POSITIVE_INFINITY : 0),
    refetchInterval: ({ state: { data: job, error } }) =>
      error === null && job && isInFlight(job) ? listIntervalOf([job], undefined, null) : false,
    retry,
  });
}

/** Polls the jobs in flight that write blocks of a document, oldest first, with one request for all of them. */
export function activeJobsQuery(client: JobsClient, documentId: string | null) {
  return queryOptions({
    queryKey: jobKeys.active(documentId),
    queryFn: async ({ signal }) => (await listJobsInFlight(client, documentId ?? "", signal)).jobs,
    enabled: documentId !== null,
    refetchInterval: ({ state: { data: jobs = [], error } }) =>
      error === null && jobs.length > 0 ? listIntervalOf(jobs, undefined, null) : false,
    retry,
  });
}

/** Creates a job. Set its result in the cache with `jobKeys.job(job.jobId)`, or poll it with {@link jobQuery}. */
export function startJobMutation(client: JobsClient) {
  return mutationOptions({
    mutationKey: [...jobKeys.all, "start"],
    mutationFn: (body: NewJob) => unwrap(client.POST("/api/report-builder/jobs", { body })),
    onSuccess: (_data, _body, _result, { client: cache }) => cache.invalidateQueries({ queryKey: jobKeys.all }),
  });
}

/** Cancels a job. */
export function cancelJobMutation(client: JobsClient) {
  return mutationOptions({
    mutationKey: [...jobKeys.all, "cancel"],
    mutationFn: (jobId: string) => cancelJob(client, jobId),
    onSuccess: (_data, _jobId, _result, { client: cache }) => cache.invalidateQueries({ queryKey: jobKeys.all }),
  });
}
