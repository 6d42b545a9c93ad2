import { ApiError, createClient } from "@report-builder/jobs";
import { QueryClient } from "@tanstack/react-query";
import { currentUser } from "./user";

export const client = createClient({ getToken: () => currentUser || null });

const RETRIES = 2;

/**
 * Creates the query cache. Requests are sent even if the browser reports that it is offline, because the service may
 * run on the same machine.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: "always",
        staleTime: 5_000,
        retry: (failures, error) => failures < RETRIES && error instanceof ApiError && error.retryable,
      },
      mutations: { networkMode: "always" },
    },
  });
}
