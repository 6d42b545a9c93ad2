import { QueryClient, QueryClientProvider, useMutation, useQuery } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { expect, test } from "vitest";
import { activeJobsQuery, cancelJobMutation, jobQuery, startJobMutation } from "../src/query.js";
import { aJob, completed, FakeServer, failed, jobAnswer, jsonAnswer, newJobId, problemAnswer } from "./fake-server.js";
import { pass, runOnTestClock } from "./page.js";

runOnTestClock();

function renderQuery<Result>(hook: () => Result) {
  const cache = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={cache}>{children}</QueryClientProvider>
  );
  return renderHook(hook, { wrapper });
}

test("jobQuery polls at the interval of the job until the job ends", async () => {
  const server = new FakeServer();
  const jobId = newJobId();
  server.answerInTurn(
    () => jobAnswer({ jobId, pollAfterMs: 1000 }),
    () => jobAnswer({ jobId, pollAfterMs: 2500 }),
    () => jsonAnswer(completed({ jobId })),
  );
  const { result } = renderQuery(() => useQuery(jobQuery(server.client, jobId)));
  await pass(60_000);
  expect(server.gaps).toEqual([1000, 2500]);
  expect(result.current.data?.status).toBe("COMPLETED");
});

test("jobQuery polls nothing without an id, and does not retry an answer that stays the same", async () => {
  const server = new FakeServer();
  server.answer = () => problemAnswer(401, "UNAUTHORIZED", "A token is missing.");
  const { result } = renderQuery(() => useQuery(jobQuery(server.client, null)));
  await pass(1000);
  expect([server.count, result.current.fetchStatus]).toEqual([0, "idle"]);
  const jobId = newJobId();
  const other = renderQuery(() => useQuery(jobQuery(server.client, jobId)));
  await pass(60_000);
  expect(server.count).toBe(1);
  expect(other.result.current.error?.message).toBe("Sign in again.");
});

test("startJobMutation creates a job, and then the queries are read again", async () => {
  const server = new FakeServer();
  const job = aJob({ jobId: newJobId(), blockId: "b1" });
  let hasJob = false;
  server.answer = ({ method }) => {
    hasJob ||= method === "POST";
    return jsonAnswer(method === "POST" ? job : { jobs: hasJob ? [job] : [], nextCursor: null });
  };
  const { result } = renderQuery(() => ({
    active: useQuery(activeJobsQuery(server.client, "d1")),
    start: useMutation(startJobMutation(server.client)),
  }));
  await pass(1000);
  expect(result.current.active.data).toEqual([]);
  act(() => result.current.start.mutate({ type: "GENERATE", documentId: "d1", blockId: "b1" }));
  await pass(0);
  await pass(0);
  expect(result.current.start.data?.jobId).toBe(job.jobId);
  expect(result.current.active.data).toHaveLength(1);
});

test("cancelJobMutation cancels a job", async () => {
  const server = new FakeServer();
  const jobId = newJobId();
  server.answer = () => jsonAnswer(failed({ jobId, statusReason: "CANCELLED" }));
  const { result } = renderQuery(() => useMutation(cancelJobMutation(server.client)));
  act(() => result.current.mutate(jobId));
  await pass(0);
  expect(server.last).toMatchObject({ method: "DELETE", path: `/api/report-builder/jobs/${jobId}` });
  expect(result.current.data?.statusReason).toBe("CANCELLED");
});
