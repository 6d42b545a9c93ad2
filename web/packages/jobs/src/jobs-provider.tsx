"use client";

import { createContext, type ReactNode, useContext, useMemo } from "react";
import { createClient, type JobsClient } from "./create-client.js";
import type { Notify } from "./notice.js";

interface JobsContextValue {
  client?: JobsClient | undefined;
  notify?: Notify | null | undefined;
}

export interface JobsProviderProps extends JobsContextValue {
  children?: ReactNode;
}

const JobsContext = createContext<JobsContextValue>({});

/** Sets the client and `notify` for the hooks below it. A missing prop is inherited from the provider above. */
export function JobsProvider({ client, notify, children }: JobsProviderProps) {
  const parent = useContext(JobsContext);
  const value = useMemo(
    () => ({ client: client ?? parent.client, notify: notify === undefined ? parent.notify : notify }),
    [client, notify, parent],
  );
  return <JobsContext.Provider value={value}>{children}</JobsContext.Provider>;
}

/** The client of the nearest provider. Without a provider, a client of the page's own origin that sends no token. */
export function useJobsClient(): JobsClient {
  return useContext(JobsContext).client ?? defaultClient();
}

/** `notify` of the nearest provider. */
export function useNotify(): Notify | null | undefined {
  return useContext(JobsContext).notify;
}

let sharedClient: JobsClient | undefined;

function defaultClient(): JobsClient {
  sharedClient ??= createClient();
  return sharedClient;
}
