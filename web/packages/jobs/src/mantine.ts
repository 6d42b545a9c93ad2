"use client";

import { notifications } from "@mantine/notifications";
import type { Notify } from "./notice.js";
import { type JobPolling, type JobPollingOptions, useJobPolling as usePolling } from "./use-job-polling.js";

/** Shows notices with `@mantine/notifications`. The page must render `<Notifications />`. */
export const notify: Notify = ({ kind, title, message }) => {
  notifications.show({ title, message, color: kind === "success" ? "green" : "red" });
};

/** `useJobPolling` that shows notices with `@mantine/notifications` if `options.notify` is undefined. */
export function useJobPolling(options: JobPollingOptions): JobPolling {
  return usePolling({ ...options, notify: options.notify === undefined ? notify : options.notify });
}
