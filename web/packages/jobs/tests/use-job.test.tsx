import { act, renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { hasEnded, type Job, type JobOptions, type JobRequest, useJob } from "../src/index.js";
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
import { focusPage, pass, runOnTestClock } from "./page.js";

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
const keysOf = (server: FakeServer) => postsOf(server).map(({ headers }) => headers.get("Idempotency-Key"));
const GENERATE: JobRequest = { type: "GENERATE" };
const INLINE = {
  type: "GENERATE",
  input: {
    document: { name: "Review 2026" },
    block: { prompt: "What did I deliver?" },
    evidence: [{ id: "pr-7", type: "PR_AUTHORED", title: "Retries", summary: "Done.", occurredAt: "2026-09-01" }],
  },
} satisfies JobRequest;

/** A service that keeps its jobs. A job ends when the test says so. */
class Jobs extends FakeServer {
  readonly jobs: Job[] = [];
  /** Creates the jobs of the next requests, and loses the answers. */
  isAnswerLost = false;

  constructor() {
    super();
    this.answer = ({ method, path, body }) => {
      const known = this.jobs.find(({ jobId }) => path.includes(jobId));
      if (method === "POST") {
        const { documentId = null, blockId = null, type } = known ?? JSON.parse(body);
        const busy = this.jobs.find((job) => blockId && job.blockId === blockId && !hasEnded(job));
        if (busy) return problemAnswer(409, "BLOCK_BUSY", "Busy.", {}, { existingJobId: busy.jobId });
        const job = this.add({ documentId, blockId, type, retryOf: known?.jobId ?? null });
        return this.isAnswerLost ? networkFailure() : jsonAnswer(job, {}, 202);
      }
      if (method === "DELETE" && known) this.end(known, { statusReason: "CANCELLED", status: "FAILED" });
      if (path.includes("?")) {
        return jsonAnswer({ jobs: this.jobs.filter((job) => job.blockId && !hasEnded(job)), nextCursor: null });
      }
      return jsonAnswer(known);
    };
  }

  add(fields: Partial<Job>): Job {
    const job = aJob({ jobId: newJobId(), ...fields });
    this.jobs.push(job);
    return job;
  }

  end(job: Job | undefined, fields: Partial<Job> = {}): void {
    if (job) Object.assign(job, completed({ ...job, status: "COMPLETED", ...fields }));
  }
}

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
  const ids = { documentId: null, blockId: null };
  const server = service(
    () => jsonAnswer(aJob({ jobId, ...ids }), {}, 202),
    () => jsonAnswer(completed({ jobId, ...ids })),
  );
  const { result } = use(server, { storageKey: "note-7" });
  await act(async () => void (await result.current.start(INLINE)));
  await pass(0);
  expect(JSON.parse(postsOf(server)[0]?.body ?? "")).toEqual(INLINE);
  expect(result.current.job).toMatchObject({ status: "COMPLETED", documentId: null, blockId: null });
});

test.each([
  ["an analysis", { documentId: "d1" }, { type: "ANALYZE" }],
  [
    "an analysis from the hook of a block",
    { documentId: "d1", blockId: "b1" },
    { type: "GENERATE", input: INLINE.input },
  ],
  ["a job with inline input", { storageKey: "note-7" }, INLINE],
] as [string, JobOptions, JobRequest][])(
  "%s is found again if the page was left before the answer of its start",
  async (_, options, request) => {
    const server = new Jobs();
    const { result, unmount } = use(server, options);
    await pass(0);
    server.latencyMs = 500;
    act(() => void result.current.start(request));
    unmount();
    await pass(500);
    const [job] = server.jobs;
    server.end(job);
    server.latencyMs = 0;
    const onComplete = vi.fn();
    const later = use(server, { ...options, onComplete });
    await pass(0);
    await pass(0);
    expect(later.result.current.job).toMatchObject({ jobId: job?.jobId, status: "COMPLETED" });
    expect(onComplete).toHaveBeenCalledTimes(1);
  },
);

test("a hook without any name follows its own job, and does not remember it", async () => {
  const server = new Jobs();
  const { result } = use(server, { documentId: null, blockId: null });
  await act(async () => void (await result.current.start(INLINE)));
  await pass(0);
  expect(result.current).toMatchObject({ isActive: true, job: { jobId: server.jobs[0]?.jobId } });
  expect(sessionStorage).toHaveLength(0);
});

test("once the job of a lost answer was found, the next start has another key", async () => {
  const server = new Jobs();
  const { result } = use(server);
  await pass(2000);
  server.isAnswerLost = true;
  await act(async () => void (await result.current.start(GENERATE)));
  server.isAnswerLost = false;
  await pass(2000);
  act(focusPage);
  await pass(0);
  expect(result.current).toMatchObject({ isActive: true, job: { jobId: server.jobs[0]?.jobId } });
  server.end(server.jobs[0]);
  await pass(2000);
  await act(async () => expect(await result.current.start(GENERATE)).toBe(server.jobs[1]?.jobId));
  expect(new Set(keysOf(server)).size).toBe(2);
});

test("a cancel before the answer of the start cancels its job", async () => {
  const server = new Jobs();
  const [onEnd, notify] = [vi.fn(), vi.fn()];
  const { result } = use(server, { documentId: "d1", blockId: "b1", onEnd, notify });
  await pass(0);
  server.latencyMs = 300;
  act(() => void result.current.start(GENERATE));
  await pass(100);
  act(() => void result.current.cancel());
  await pass(200);
  await pass(300);
  await pass(3000);
  expect(result.current).toMatchObject({ isActive: false, job: { statusReason: "CANCELLED" }, error: null });
  expect(onEnd).toHaveBeenCalledTimes(1);
  expect(notify).not.toHaveBeenCalled();
});

test("retry sends nothing on a second click, the same key after a lost answer, and follows the job of a busy block", async () => {
  const server = new Jobs();
  const { result } = use(server);
  await act(async () => void (await result.current.start(GENERATE)));
  const end = async () => {
    server.end(server.jobs.at(-1), { status: "FAILED" });
    await pass(2000);
  };
  await end();
  await act(() => Promise.all([result.current.retry(), result.current.retry()]));
  expect(server.jobs).toHaveLength(2);
  await end();
  server.isAnswerLost = true;
  await act(() => result.current.retry({ prompt: "Shorter." }));
  server.isAnswerLost = false;
  server.jobs.pop();
  await act(() => result.current.retry({ prompt: "Shorter." }));
  const [, second, third, fourth] = keysOf(server);
  expect(third).not.toBe(second);
  expect(fourth).toBe(third);
  await end();

  const elsewhere = server.add({ documentId: "d1", blockId: "b1" });
  await act(async () => expect(await result.current.retry()).toBe(elsewhere.jobId));
  await pass(0);
  expect(result.current).toMatchObject({ isActive: true, error: null, job: { jobId: elsewhere.jobId } });
});

test("with another block, a start of the previous one neither blocks a start nor shows its state and error", async () => {
  const server = new Jobs();
  const { result, rerender } = use(server);
  await pass(0);
  server.latencyMs = 300;
  act(() => void result.current.start(GENERATE));
  rerender({ blockId: "b2" });
  expect(result.current).toMatchObject({ isStarting: false, isActive: false });
  act(() => void result.current.start(GENERATE));
  await pass(1000);
  expect(server.jobs.map(({ blockId }) => blockId)).toEqual(["b1", "b2"]);
  expect(result.current.job?.blockId).toBe("b2");

  server.answer = () => problemAnswer(400, "INVALID_REQUEST", "No.");
  rerender({ blockId: "b3" });
  await act(async () => {
    void result.current.start(GENERATE);
    await pass(300);
  });
  expect(result.current.error?.message).toBe("No.");
  rerender({ blockId: "b4" });
  expect(result.current.error).toBeNull();
  await pass(1000);
});

test("after its own job has ended, the hook finds the next job of another tab when the user returns", async () => {
  const server = new Jobs();
  const { result } = use(server);
  await act(async () => void (await result.current.start(GENERATE)));
  server.end(server.jobs[0]);
  await pass(2000);
  expect(result.current).toMatchObject({ isActive: false, job: { status: "COMPLETED" } });
  act(focusPage);
  await pass(2000);
  expect(result.current.job?.jobId).toBe(server.jobs[0]?.jobId);

  for (const _ of [1, 2]) {
    const other = server.add({ documentId: "d1", blockId: "b1" });
    act(focusPage);
    await pass(0);
    expect(result.current).toMatchObject({ isActive: true, job: { jobId: other.jobId } });
    server.end(other);
    await pass(3000);
    expect(result.current).toMatchObject({ isActive: false, job: { jobId: other.jobId } });
  }
});

test("two hooks on one block follow the job that one of them starts, with one notice", async () => {
  const server = new Jobs();
  const [onEnd, notify] = [vi.fn(), vi.fn()];
  const options = { documentId: "d1", blockId: "b1", onEnd, notify };
  const [first, second] = [use(server, options), use(server, options)];
  await pass(0);
  await act(async () => void (await first.result.current.start(GENERATE)));
  await pass(0);
  expect(second.result.current).toMatchObject({ isActive: true, job: { jobId: server.jobs[0]?.jobId } });
  server.end(server.jobs[0]);
  await pass(3000);
  expect(onEnd).toHaveBeenCalledTimes(2);
  expect(notify).toHaveBeenCalledTimes(1);
});

test("a callback that throws does not reject the start, and the next start is sent", async () => {
  const uncaught = vi.fn();
  process.on("unhandledRejection", uncaught);
  const server = service(() => problemAnswer(400, "INVALID_REQUEST", "No."));
  const onError = vi.fn(() => {
    throw new Error("The page is broken.");
  });
  const notify = vi.fn(onError);
  const { result } = use(server, { documentId: "d1", blockId: "b1", onError, notify });
  for (const _ of [1, 2]) await act(async () => expect(await result.current.start(GENERATE)).toBeNull());
  await vi.waitFor(() => expect(uncaught).toHaveBeenCalledTimes(4));
  process.off("unhandledRejection", uncaught);
  expect(postsOf(server)).toHaveLength(2);
  expect(onError).toHaveBeenCalledTimes(4);
  expect(result.current).toMatchObject({ isActive: false, error: { message: "No." } });
});

test("while a job is followed, the start of a job without a block sends nothing", async () => {
  const server = new Jobs();
  const { result } = use(server, { storageKey: "note-7" });
  await act(async () => void (await result.current.start(INLINE)));
  await pass(0);
  await act(async () => expect(await result.current.start({ type: "ANALYZE" })).toBe(server.jobs[0]?.jobId));
  expect(server.jobs).toHaveLength(1);
});

test("the types refuse an input that the service refuses", () => {
  const { input } = INLINE;
  const block = { content: "I delivered retries." };
  const requests: JobRequest[] = [
    { type: "REFINE", input: { ...input, block } },
    // @ts-expect-error A job with inline input has no block to apply its text to.
    { type: "GENERATE", applyMode: "auto", input },
    // @ts-expect-error REFINE needs a content.
    { type: "REFINE", input },
  ];
  expect(requests).toHaveLength(3);
});
