import { act, renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { type ActiveJobOptions, useActiveJob, useJobPolling } from "../src/index.js";
import { aJob, completed, FakeServer, jsonAnswer, networkFailure, newJobId, problemAnswer } from "./fake-server.js";
import { focusPage, hidePage, pass, runOnTestClock, showPage } from "./page.js";

runOnTestClock();

function find(server: FakeServer, initialProps: Omit<ActiveJobOptions, "client">) {
  return renderHook(
    (options: Omit<ActiveJobOptions, "client">) => useActiveJob({ ...options, client: server.client }),
    {
      initialProps,
    },
  );
}

test("finds the active job of the block with one request", async () => {
  const server = new FakeServer();
  const job = aJob({ jobId: newJobId(), blockId: "b1" });
  server.answer = () => jsonAnswer({ jobs: [job], nextCursor: null });
  const { result, rerender } = find(server, { documentId: "d1", blockId: "b1" });
  expect(result.current).toEqual({ jobId: null, job: null, isLoading: true, error: null });
  await pass(0);
  expect(server.last.path).toBe(
    "/api/report-builder/jobs?documentId=d1&type=GENERATE,REFINE&status=PENDING,PROCESSING&include=progress&limit=100",
  );
  expect(result.current).toEqual({ jobId: job.jobId, job, isLoading: false, error: null });
  rerender({ documentId: "d1", blockId: "b1" });
  await pass(60_000);
  expect(server.count).toBe(1);
});

test("returns null if the block has no active job", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer({ jobs: [], nextCursor: null });
  const { result } = find(server, { documentId: "d1", blockId: "b1" });
  await pass(0);
  expect(result.current).toEqual({ jobId: null, job: null, isLoading: false, error: null });
});

test.each([
  ["the page is shown", showPage],
  ["its window is focused", focusPage],
])("looks again when %s, and keeps the job that it has found", async (_, comeBack) => {
  const server = new FakeServer();
  const [job, newer] = [aJob({ jobId: newJobId(), blockId: "b1" }), aJob({ jobId: newJobId(), blockId: "b1" })];
  server.answerInTurn(
    () => jsonAnswer({ jobs: [], nextCursor: null }),
    networkFailure,
    () => jsonAnswer({ jobs: [job], nextCursor: null }),
    () => jsonAnswer({ jobs: [], nextCursor: null }),
    () => jsonAnswer({ jobs: [newer], nextCursor: null }),
  );
  const { result } = find(server, { documentId: "d1", blockId: "b1" });
  const comeBackLater = async () => {
    await pass(2000);
    act(comeBack);
    expect(result.current.isLoading).toBe(false);
    await pass(0);
  };
  await pass(0);
  await comeBackLater();
  expect(result.current).toMatchObject({ jobId: null, error: { status: 0 } });
  await comeBackLater();
  expect(result.current).toEqual({ jobId: job.jobId, job, isLoading: false, error: null });
  await comeBackLater();
  expect(result.current).toEqual({ jobId: job.jobId, job, isLoading: false, error: null });
  await comeBackLater();
  expect(result.current.jobId).toBe(newer.jobId);
  expect(server.count).toBe(5);
});

test("sends at most one request in 2 s, and no request when the page is hidden", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer({ jobs: [], nextCursor: null });
  find(server, { documentId: "d1", blockId: "b1" });
  await pass(1999);
  focusPage();
  await pass(1);
  hidePage();
  await pass(0);
  expect(server.count).toBe(1);
  showPage();
  focusPage();
  await pass(1999);
  focusPage();
  await pass(0);
  expect(server.gaps).toEqual([2000]);
});

test("sends no second request while a request is in flight", async () => {
  const server = new FakeServer();
  server.latencyMs = 5000;
  server.answer = () => jsonAnswer({ jobs: [], nextCursor: null });
  find(server, { documentId: "d1", blockId: "b1" });
  await pass(4000);
  focusPage();
  await pass(0);
  expect(server.count).toBe(1);
  await pass(1000);
  focusPage();
  await pass(0);
  expect(server.count).toBe(2);
  await pass(5000);
});

test("sends a new request for another document, and never returns the job of the previous one", async () => {
  const server = new FakeServer();
  const job = aJob({ jobId: newJobId(), blockId: "b1" });
  server.answer = async ({ path }) => {
    const isFirst = path.includes("d1");
    // The answer about the first document arrives last.
    await new Promise((resolve) => setTimeout(resolve, isFirst ? 2000 : 500));
    return jsonAnswer({ jobs: isFirst ? [job] : [], nextCursor: null });
  };
  const { result, rerender } = find(server, { documentId: "d1", blockId: "b1" });
  await pass(100);
  rerender({ documentId: "d2", blockId: "b1" });
  expect(result.current.isLoading).toBe(true);
  await pass(0);
  expect(server.count).toBe(2);
  await pass(5000);
  expect(result.current).toEqual({ jobId: null, job: null, isLoading: false, error: null });
  rerender({ documentId: "d1", blockId: "b1" });
  expect(result.current).toMatchObject({ jobId: null, isLoading: true });
  await pass(2000);
  expect(result.current.jobId).toBe(job.jobId);
});

test("all blocks of a document share one request, at first and when the page is shown again", async () => {
  const server = new FakeServer();
  const job = aJob({ jobId: newJobId(), blockId: "b7" });
  server.answer = () => jsonAnswer({ jobs: server.count > 1 ? [job] : [], nextCursor: null });
  const blocks = Array.from({ length: 40 }, (_, index) => `b${index}`);
  const { result } = renderHook(() =>
    blocks.map((blockId) => useActiveJob({ documentId: "d1", blockId, client: server.client }).jobId),
  );
  await pass(0);
  expect(server.count).toBe(1);
  await pass(10_000);
  showPage();
  focusPage();
  await pass(0);
  expect(server.count).toBe(2);
  expect(result.current).toEqual(blocks.map((blockId) => (blockId === "b7" ? job.jobId : null)));
});

test("the polls of several jobs of a document share one list", async () => {
  const server = new FakeServer();
  const jobs = ["b1", "b2", "b3"].map((blockId) => aJob({ jobId: newJobId(), documentId: "d1", blockId }));
  server.answer = ({ path }) =>
    jsonAnswer(path.includes("?") ? { jobs, nextCursor: null } : jobs.find(({ jobId }) => path.endsWith(jobId)));
  for (const { jobId } of jobs) {
    renderHook(() => useJobPolling({ jobId, onComplete: vi.fn(), client: server.client }));
  }
  await pass(0);
  const before = server.count;
  await pass(20_000);
  const later = server.received.slice(before).map(({ path }) => path);
  expect(later.length).toBeLessThanOrEqual(20);
  expect(later.every((path) => path.includes("include=progress"))).toBe(true);
});

test("the same block again shares the request in flight", async () => {
  const server = new FakeServer();
  server.latencyMs = 1000;
  server.answer = () => jsonAnswer({ jobs: [], nextCursor: null });
  const { result, rerender } = find(server, { documentId: "d1", blockId: "b1" });
  await pass(500);
  rerender({ documentId: "d1", blockId: null });
  rerender({ documentId: "d1", blockId: "b1" });
  expect(result.current).toMatchObject({ isLoading: true, error: null });
  await pass(500);
  expect(result.current).toMatchObject({ isLoading: false, error: null });
  expect(server.count).toBe(1);
});

test.each([
  [null, "b1"],
  ["d1", undefined],
])("sends no request while the document is %j and the block is %j", async (documentId, blockId) => {
  const server = new FakeServer();
  const { result } = find(server, { documentId, blockId });
  await pass(2000);
  focusPage();
  await pass(0);
  expect(server.count).toBe(0);
  expect(result.current).toEqual({ jobId: null, job: null, isLoading: false, error: null });
});

test("after unmounting, no request is sent", async () => {
  const server = new FakeServer();
  server.latencyMs = 1000;
  const { unmount } = find(server, { documentId: "d1", blockId: "b1" });
  await pass(0);
  unmount();
  await pass(2000);
  focusPage();
  await pass(0);
  expect(server.count).toBe(1);
});

test.each([
  ["answers with a problem", () => problemAnswer(503, "UNAVAILABLE", "Busy; try again."), 503, "Busy; try again."],
  ["cannot be reached", networkFailure, 0, "The service cannot be reached."],
])("returns the error and sends no retry if the service %s", async (_, answer, status, message) => {
  const server = new FakeServer();
  server.answer = answer;
  const { result } = find(server, { documentId: "d1", blockId: "b1" });
  await pass(60_000);
  expect(result.current).toMatchObject({ jobId: null, isLoading: false, error: { status, message } });
  expect(server.count).toBe(1);
});

test("reports an error if a request has no answer after 30 s", async () => {
  const server = new FakeServer();
  server.answer = () => new Promise(() => {});
  const { result } = find(server, { documentId: "d1", blockId: "b1" });
  await pass(30_000);
  expect(result.current.error?.message).toBe("The service does not answer.");
});

test("useJobPolling polls the found job until the job ends", async () => {
  const server = new FakeServer();
  const jobId = newJobId();
  const onComplete = vi.fn();
  server.answer = ({ path }) =>
    jsonAnswer(
      path.includes("?") ? { jobs: [aJob({ jobId, blockId: "b1" })], nextCursor: null } : completed({ jobId }),
    );
  renderHook(() => {
    const active = useActiveJob({ documentId: "d1", blockId: "b1", client: server.client });
    useJobPolling({ jobId: active.jobId, onComplete, client: server.client });
  });
  // Each answer starts the next request.
  await pass(0);
  await pass(0);
  expect(onComplete).toHaveBeenCalledTimes(1);
});
