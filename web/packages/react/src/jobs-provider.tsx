"use client";

import { createContext, type ReactNode, useContext, useMemo } from "react";
import { createClient, type JobsClient } from "./client.js";
import type { Notify } from "./notice.js";

interface JobsContextValue {
  client?: JobsClient | undefined;
  notify?: Notify | null | undefined;
}

export interface JobsProviderProps extends JobsContextValue {
  children?: ReactNode;
}

const JobsContext = createContext<JobsContextValue>({});

/** Gives the hooks below it their client and their way to show notices. What it leaves out comes from the one above. */
export function JobsProvider({ client, notify, children }: JobsProviderProps) {
  const above = useContext(JobsContext);
  const value = useMemo(
    () => ({ client: client ?? above.client, notify: notify === undefined ? above.notify : notify }),
    [client, notify, above],
  );
  return <JobsContext.Provider value={value}>{children}</JobsContext.Provider>;
}

/** The client of the provider above; without one, a client of the page's own origin that sends no token. */
export function useJobsClient(): JobsClient {
  return useContext(JobsContext).client ?? defaultClient();
}

/** How the provider above shows notices, if it does. */
export function useNotify(): Notify | null | undefined {
  return useContext(JobsContext).notify;
}

let sharedClient: JobsClient | undefined;

function defaultClient(): JobsClient {
  sharedClient ??= createClient();
  return sharedClient;
}
