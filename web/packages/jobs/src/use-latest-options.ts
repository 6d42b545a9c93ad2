"use client";

import type { RefObject } from "react";
import type { JobsClient } from "./create-client.js";
import { useJobsClient, useNotify } from "./jobs-provider.js";
import type { Notify } from "./notice.js";
import { useLatest } from "./use-latest.js";

interface SharedOptions {
  client?: JobsClient | undefined;
  notify?: Notify | null | undefined;
}

/** A ref to the options of the latest render. Missing ones are those of the nearest `JobsProvider`. */
export function useLatestOptions<Options extends SharedOptions>(
  options: Options,
): RefObject<Options & { client: JobsClient; notify: Notify | null | undefined }> {
  const client = useJobsClient();
  const notify = useNotify();
  return useLatest({
    ...options,
    client: options.client ?? client,
    notify: options.notify === undefined ? notify : options.notify,
  });
}
