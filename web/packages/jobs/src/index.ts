export * from "./client.js";
export type { DocumentJobsRequest } from "./document-requests.js";
export { JobsProvider, type JobsProviderProps, useJobsClient } from "./jobs-provider.js";
export { type ActiveJob, type ActiveJobOptions, useActiveJob } from "./use-active-job.js";
export { type ActiveJobs, type ActiveJobsOptions, useActiveJobs } from "./use-active-jobs.js";
export {
  type DocumentJobCounts,
  type DocumentJobsOptions,
  type FollowedDocumentJobs,
  useDocumentJobs,
} from "./use-document-jobs.js";
export { type FollowedJob, type JobOptions, type JobRequest, useJob } from "./use-job.js";
export { type JobPolling, type JobPollingOptions, useJobPolling } from "./use-job-polling.js";
