"use client";

import { notifications } from "@mantine/notifications";
import type { Notice, Notify } from "./notice.js";
import {
  type DocumentJobsOptions,
  type FollowedDocumentJobs,
  useDocumentJobs as useJobsOfDocument,
} from "./use-document-jobs.js";
import { type FollowedJob, type JobOptions, useJob as useOneJob } from "./use-job.js";
import { type JobPolling, type JobPollingOptions, useJobPolling as usePolling } from "./use-job-polling.js";

const COLORS: Record<Notice["kind"], string> = { success: "green", warning: "yellow", error: "red" };

/** Shows notices with `@mantine/notifications`. The page must render `<Notifications />`. */
export const notify: Notify = ({ kind, title, message }) => {
  notifications.show({ title, message, color: COLORS[kind] });
};

/** `useJob` that shows notices with `@mantine/notifications` if `options.notify` is undefined. */
export function useJob(options: JobOptions): FollowedJob {
  return useOneJob({ ...options, notify: options.notify === undefined ? notify : options.notify });
}

/** `useJobPolling` that shows notices with `@mantine/notifications` if `options.notify` is undefined. */
export function useJobPolling(options: JobPollingOptions): JobPolling {
  return usePolling({ ...options, notify: options.notify === undefined ? notify : options.notify });
}

/** `useDocumentJobs` that shows notices with `@mantine/notifications` if `options.notify` is undefined. */
export function useDocumentJobs(options: DocumentJobsOptions): FollowedDocumentJobs {
  return useJobsOfDocument({ ...options, notify: options.notify === undefined ? notify : options.notify });
}
