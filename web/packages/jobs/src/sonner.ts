"use client";

import { toast } from "sonner";
import type { Notify } from "./notice.js";
import {
  type DocumentJobsOptions,
  type FollowedDocumentJobs,
  useDocumentJobs as useJobsOfDocument,
} from "./use-document-jobs.js";
import { type FollowedJob, type JobOptions, useJob as useOneJob } from "./use-job.js";
import { type JobPolling, type JobPollingOptions, useJobPolling as usePolling } from "./use-job-polling.js";

/** Shows notices with `sonner`. The page must render `<Toaster />`. */
export const notify: Notify = ({ kind, title, message }) => {
  toast[kind](title, { description: message });
};

/** `useJob` that shows notices with `sonner` if `options.notify` is undefined. */
export function useJob(options: JobOptions): FollowedJob {
  return useOneJob({ ...options, notify: options.notify === undefined ? notify : options.notify });
}

/** `useJobPolling` that shows notices with `sonner` if `options.notify` is undefined. */
export function useJobPolling(options: JobPollingOptions): JobPolling {
  return usePolling({ ...options, notify: options.notify === undefined ? notify : options.notify });
}

/** `useDocumentJobs` that shows notices with `sonner` if `options.notify` is undefined. */
export function useDocumentJobs(options: DocumentJobsOptions): FollowedDocumentJobs {
  return useJobsOfDocument({ ...options, notify: options.notify === undefined ? notify : options.notify });
}
