export { ApiError, unwrap } from "./api-error.js";
export { type ClientOptions, createClient, type JobsClient } from "./client.js";
export type { DocumentJobsRequest } from "./document-requests.js";
export { JobsProvider, type JobsProviderProps, useJobsClient } from "./jobs-provider.js";
export type { Notice, Notify } from "./notice.js";
export type { components, operations, paths } from "./schema.js";
export * from "./types.js";
export { type ActiveJob, type ActiveJobOptions, useActiveJob } from "./use-active-job.js";
export {
  type DocumentJobCounts,
  type DocumentJobsOptions,
  type FollowedDocumentJobs,
  useDocumentJobs,
} from "./use-document-jobs.js";
export { type JobPolling, type JobPollingOptions, useJobPolling } from "./use-job-polling.js";
