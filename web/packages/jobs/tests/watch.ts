import { type RenderHookOptions, renderHook } from "@testing-library/react";
import { type JobPollingOptions, useJobPolling } from "../src/index.js";
import { type FakeServer, newJobId } from "./fake-server.js";

/** Renders `useJobPolling`, by default with a new job id. `rerender` changes the options. */
export function watch(
  server: FakeServer,
  options: Partial<JobPollingOptions> = {},
  renderOptions: Omit<RenderHookOptions<Partial<JobPollingOptions>>, "initialProps"> = {},
) {
  const all: JobPollingOptions = { jobId: newJobId(), onComplete: () => {}, client: server.client, ...options };
  return renderHook((changes: Partial<JobPollingOptions>) => useJobPolling({ ...all, ...changes }), {
    initialProps: {},
    ...renderOptions,
  });
}
