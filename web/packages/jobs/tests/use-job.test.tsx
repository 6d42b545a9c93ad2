import { act, renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { type JobOptions, type JobRequest, useJob } from "../src/index.js";
import {
  aJob,
  completed,
  FakeServer,
  failed,
  jsonAnswer,
  networkFailure,
  newJobId,
  problemAnswer,
} from "./fake-server.js";
import { pass, runOnTestClock } from "./page.js";

runOnTestClock();

const NOTHING_IN_FLIGHT = { jobs: [], nextCursor: null };

function use(server: FakeServer, options: JobOptions = { documentId: "d1", blockId: "b1" }) {
  return renderHook((changes: JobOptions) => useJob({ ...options, ...changes, client: server.client }), {
    initialProps: {},
  });
}

/** Answers a POST with `post`, a list with no job, and a poll with `poll`. */
function service(post: () => Response, poll: () => Response = () => jsonAnswer(completed())): FakeServer {
  const server = new FakeServer();
  server.answer = ({ method, path }) => {
    if (method === "POST") return post();
    return path.includes("?") ? jsonAnswer(NOTHING_IN_FLIGHT) : poll();
  };
  return server;
}

const postsOf = (server: FakeServer) => server.received.filter(({ method }) => method === "POST");
const GENERATE: JobRequest = { type: "GENERATE" };

test("is active from the call of start until the job has ended, also while the POST is sent", async () => {
  const jobId = newJobId();
  const [onComplete, notify] = [vi.fn(), vi.fn()];
  const server = service(
    () => jsonAnswer(aJob({ jobId, status: "PENDING" }), {}, 202),
    () => jsonAnswer(completed({ jobId })),
  );
  const { result } = use(server, { documentId: "d1", blockId: "b1", onComplete, notify });
  await pass(0);
  expect(result.current).toMatchObject({ isStarting: false, isActive: false, job: null });

  server.latencyMs = 500;
  act(() => void result.current.start(GENERATE));
  expect(result.current).toMatchObject({ isStarting: true, isActive: true, job: null });
  await pass(500);
  expect(result.current).toMatchObject({ isStarting: false, isActive: true, job: { jobId, status: "PENDING" } });
  await pass(500);
  expect(result.current).toMatchObject({ isActive: false, job: { status: "COMPLETED" }, error: null });
  expect(JSON.parse(postsOf(server)[0]?.body ?? "")).toEqual({ type: "GENERATE", documentId: "d1", blockId: "b1" });
  expect(onComplete).toHaveBeenCalledTimes(1);
  expect(notify).toHaveBeenCalledTimes(1);
});

test("start resolves to the id of the job, and a second call before the answer sends nothing", async () => {
  const jobId = newJobId();
  const server = service(() => jsonAnswer(aJob({ jobId }), {}, 202));
  const { result } = use(server);
  server.latencyMs = 100;
  let ids: Promise<(string | null)[]> = Promise.resolve([]);
  act(() => {
    ids = Promise.all([result.current.start(GENERATE), result.current.start(GENERATE)]);
  });
  await pass(100);
  expect(await ids).toEqual([jobId, jobId]);
  expect(postsOf(server)).toHaveLength(1);
});

test("a start that fails shows one notice, calls onError, and does not reject", async () => {
  const [onComplete, onError, notify] = [vi.fn(), vi.fn(), vi.fn()];
  const server = service(() => problemAnswer(429, "TOO_MANY_REQUESTS", "Slow down."));
  const { result } = use(server, { documentId: "d1", blockId: "b1", onComplete, onError, notify });
  await act(async () => expect(await result.current.start({ type: "REFINE" })).toBeNull());
  expect(result.current).toMatchObject({ isActive: false, error: { status: 429, code: "TOO_MANY_REQUESTS" } });
  expect(notify.mock.calls).toEqual([[{ kind: "error", title: "Refining failed", message: "Slow down." }]]);
  expect(onError.mock.calls).toEqual([["Slow down."]]);
  expect(onComplete).not.toHaveBeenCalled();
});

test("a start whose answer is lost sends the same Idempotency-Key again, and a later one has another key", async () => {
  let isLost = true;
  const server = service(() => (isLost ? networkFailure() : jsonAnswer(aJob({ jobId: newJobId() }), {}, 202)));
  const { result } = use(server);
  const start = () => act(async () => void (await result.current.start(GENERATE)));
  await start();
  isLost = false;
  await start();
  await start();
  const [first, second, third] = postsOf(server).map(({ headers }) => headers.get("Idempotency-Key"));
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});

test("a busy block is followed through the job that is in flight on it", async () => {
  const jobId = newJobId();
  const notify = vi.fn();
  const server = service(
    () => problemAnswer(409, "BLOCK_BUSY", "Busy.", {}, { existingJobId: jobId }),
    () => jsonAnswer(completed({ jobId })),
  );
  const { result } = use(server, { documentId: "d1", blockId: "b1", notify });
  await act(async () => expect(await result.current.start(GENERATE)).toBe(jobId));
  await pass(0);
  expect(result.current).toMatchObject({ error: null, job: { jobId, status: "COMPLETED" } });
  expect(notify.mock.calls).toMatchObject([[{ kind: "success" }]]);
});

test("onComplete is not called for a FAILED job, with and without onError", async () => {
  const jobId = newJobId();
  const onComplete = vi.fn();
  const server = service(
    () => jsonAnswer(aJob({ jobId }), {}, 202),
    () => jsonAnswer(failed({ jobId })),
  );
  const { result } = use(server, { documentId: "d1", blockId: "b1", onComplete });
  await act(async () => void (await result.current.start(GENERATE)));
  await pass(0);
  expect(result.current.job?.status).toBe("FAILED");
  expect(onComplete).not.toHaveBeenCalled();
});

test("retry follows the new job, and a cancel that fails shows a notice and does not reject", async () => {
  const [first, second] = [newJobId(), newJobId()];
  const notify = vi.fn();
  const server = new FakeServer();
  server.answer = ({ method, path }) => {
    if (path.endsWith("/retry")) return jsonAnswer(aJob({ jobId: second, retryOf: first }), {}, 202);
    if (method === "POST") return jsonAnswer(aJob({ jobId: first }), {}, 202);
    if (method === "DELETE") return problemAnswer(403, "FORBIDDEN", "Not yours.");
    if (path.includes("?")) return jsonAnswer(NOTHING_IN_FLIGHT);
    return jsonAnswer(path.endsWith(first) ? failed({ jobId: first }) : aJob({ jobId: second }));
  };
  const { result } = use(server, { documentId: "d1", blockId: "b1", notify });
  await act(async () => void (await result.current.start(GENERATE)));
  await pass(0);
  expect(result.current.job).toMatchObject({ jobId: first, status: "FAILED" });

  await act(() => result.current.retry({ prompt: "Shorter." }));
  await pass(0);
  expect(result.current).toMatchObject({ job: { jobId: second }, isActive: true });
  await act(() => result.current.cancel());
  expect(result.current.error?.message).toBe("Not yours.");
  expect(notify).toHaveBeenLastCalledWith({ kind: "error", title: "Cancelling failed", message: "Not yours." });
});

test("finds the job in flight of its block, and follows it", async () => {
  const jobId = newJobId();
  const server = new FakeServer();
  server.answer = ({ path }) =>
    jsonAnswer(
      path.includes("?") ? { jobs: [aJob({ jobId, blockId: "b1" })], nextCursor: null } : completed({ jobId }),
    );
  const { result } = use(server);
  await pass(0);
  await pass(0);
  expect(result.current.job).toMatchObject({ jobId, status: "COMPLETED" });
});

test("with another block, the job of the previous block is not shown", async () => {
  const server = service(() => jsonAnswer(aJob({ jobId: newJobId() }), {}, 202));
  const { result, rerender } = use(server);
  await act(async () => void (await result.current.start(GENERATE)));
  expect(result.current.job).not.toBeNull();
  rerender({ blockId: "b2" });
  await pass(0);
  expect(result.current).toMatchObject({ job: null, isActive: false });
});

test("a job with inline input has no document and no block", async () => {
  const jobId = newJobId();
  const input = {
    document: { name: "Review 2026" },
    block: { prompt: "What did I deliver?" },
    evidence: [
      { id: "pr-7", type: "PR_AUTHORED" as const, title: "Retries", summary: "Done.", occurredAt: "2026-09-01" },
    ],
  };
  const ids = { documentId: null, blockId: null };
  const server = service(
    () => jsonAnswer(aJob({ jobId, ...ids }), {}, 202),
    () => jsonAnswer(completed({ jobId, ...ids })),
  );
  const { result } = use(server, { storageKey: "note-7" });
  await act(async () => void (await result.current.start({ type: "GENERATE", input })));
  await pass(0);
  expect(JSON.parse(postsOf(server)[0]?.body ?? "")).toEqual({ type: "GENERATE", input });
  expect(result.current.job).toMatchObject({ status: "COMPLETED", documentId: null, blockId: null });
});
