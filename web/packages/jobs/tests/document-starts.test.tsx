import { act } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { ApiError } from "../src/index.js";
import { blocksOf, FakeDocument, follow } from "./fake-document.js";
import { jsonAnswer, networkFailure, problemAnswer } from "./fake-server.js";
import { pass, runOnTestClock } from "./page.js";

runOnTestClock();

/** The next start creates its jobs, and its answer is replaced by `lose`. Later answers arrive. */
function loseStart(document: FakeDocument, lose: () => Response | Promise<Response>): void {
  const { answer } = document.server;
  document.server.answer = async (received) => {
    if (received.method !== "POST") return answer(received);
    document.server.answer = answer;
    await answer(received);
    return lose();
  };
}

const keysOf = (document: FakeDocument) =>
  document.server.received
    .filter(({ method }) => method === "POST")
    .map(({ headers }) => headers.get("Idempotency-Key"));

const unknownOutcomes: [string, () => Response | Promise<Response>][] = [
  ["a network error", networkFailure],
  ["a timeout", () => new Promise<never>(() => {})],
  ["a 503", () => problemAnswer(503, "UNAVAILABLE", "Try again.")],
  ["a 504 of a gateway", () => jsonAnswer({ message: "Endpoint request timed out" }, {}, 504)],
];

test("if a start finds only busy blocks, their jobs are looked up and followed at once", async () => {
  const document = new FakeDocument();
  const onEnd = vi.fn();
  const view = follow(document, { onEnd });
  await pass(0);
  const job = document.add("a");
  document.skipped = [{ blockId: "a", reason: "BUSY" }];
  document.server.latencyMs = 100;
  const starting = view.result.current.start();
  await pass(100);
  await starting;
  expect(view.result.current).toMatchObject({ isActive: false, isLoading: true });
  await pass(110);
  expect(document.requests).toEqual(["GET jobs?", "POST d/jobs", "GET jobs?"]);
  expect(view.result.current).toMatchObject({ isActive: true, isLoading: false, skipped: document.skipped });
  expect(blocksOf(view)).toEqual(["a PROCESSING"]);
  document.complete(job);
  await pass(60_000);
  expect(onEnd).toHaveBeenCalledTimes(1);
});

test("if the jobs of the busy blocks have ended meanwhile, nothing is followed", async () => {
  const document = new FakeDocument();
  const onEnd = vi.fn();
  const { result } = follow(document, { onEnd });
  await pass(0);
  document.skipped = [{ blockId: "a", reason: "BUSY" }];
  await act(() => result.current.start());
  await pass(60_000);
  expect(document.requests).toEqual(["GET jobs?", "POST d/jobs", "GET jobs?"]);
  expect(result.current).toMatchObject({ isActive: false, isLoading: false, skipped: document.skipped });
  expect(onEnd).not.toHaveBeenCalled();
});

test("if a start creates some jobs and finds busy blocks, the next list has the jobs of both", async () => {
  const document = new FakeDocument();
  const view = follow(document);
  await pass(0);
  document.add("b");
  document.skipped = [{ blockId: "b", reason: "BUSY" }];
  await act(() => view.result.current.start({ blockIds: ["a"] }));
  await pass(1000);
  expect(document.requests).toEqual(["GET jobs?", "POST d/jobs", "GET jobs?"]);
  expect(blocksOf(view)).toEqual(["a PENDING", "b PROCESSING"]);
  expect(view.result.current.skipped).toEqual(document.skipped);
});

test.each(unknownOutcomes)(
  "after %s, start rejects, and its jobs are looked up and followed at once",
  async (_, lose) => {
    const document = new FakeDocument();
    const onEnd = vi.fn();
    const view = follow(document, { onEnd });
    await pass(0);
    loseStart(document, lose);
    const starting = view.result.current.start({ blockIds: ["a", "b"] }).catch((reason: unknown) => reason);
    await pass(30_000);
    expect(await starting).toBeInstanceOf(ApiError);
    await pass(1);
    expect(document.requests.slice(0, 3)).toEqual(["GET jobs?", "POST d/jobs", "GET jobs?"]);
    const [, post, list] = document.server.received;
    // Only a timeout takes its time.
    expect(((list?.at ?? 0) - (post?.at ?? 0)) % 30_000).toBeLessThan(5);
    expect(view.result.current).toMatchObject({ isActive: true, isLoading: false, error: null });
    expect(blocksOf(view)).toEqual(["a PENDING", "b PENDING"]);
    for (const job of document.inFlight) document.complete(job);
    await pass(60_000);
    expect(onEnd).toHaveBeenCalledTimes(1);
  },
);

test("while jobs are followed, the jobs of a lost start are added at once", async () => {
  const document = new FakeDocument();
  document.add("a", { pollAfterMs: 20_000 });
  const view = follow(document);
  await pass(0);
  loseStart(document, networkFailure);
  await act(() => expect(view.result.current.start({ blockIds: ["b"] })).rejects.toBeInstanceOf(ApiError));
  expect(view.result.current).toMatchObject({ isActive: true, isLoading: false });
  await pass(0);
  expect(blocksOf(view)).toEqual(["a PROCESSING", "b PENDING"]);
});

test("a lost start is looked up also after following has stopped", async () => {
  const document = new FakeDocument();
  const { answer } = document.server;
  document.server.answer = () => problemAnswer(401, "UNAUTHORIZED", "Sign in.");
  const view = follow(document);
  await pass(0);
  expect(view.result.current.error).toMatchObject({ status: 401 });
  document.server.answer = answer;
  loseStart(document, networkFailure);
  await act(() => expect(view.result.current.start({ blockIds: ["a"] })).rejects.toBeInstanceOf(ApiError));
  await pass(0);
  expect(view.result.current).toMatchObject({ isActive: true, error: null });
  expect(blocksOf(view)).toEqual(["a PENDING"]);
});

test.each(unknownOutcomes)("after %s, the same start has the same key and gets the same jobs", async (_, lose) => {
  const document = new FakeDocument();
  const view = follow(document);
  await pass(0);
  loseStart(document, lose);
  const request = { blockIds: ["a", "b"], prompt: "Brief" };
  const starting = view.result.current.start(request).catch((reason: unknown) => reason);
  await pass(30_000);
  expect(await starting).toBeInstanceOf(ApiError);
  await act(() => view.result.current.start({ prompt: "Brief", blockIds: ["a", "b"] }));
  expect(document.jobs.length).toBe(2);
  expect(blocksOf(view)).toEqual(["a PENDING", "b PENDING"]);
  await act(() => view.result.current.start(request));
  const [first, second, third] = keysOf(document);
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(second).toBe(first);
  expect(third).not.toBe(first);
});

test("a start with another request, and the one after it, have keys of their own", async () => {
  const document = new FakeDocument();
  const { result } = follow(document);
  await pass(0);
  loseStart(document, networkFailure);
  await act(() => expect(result.current.start({ blockIds: ["a"] })).rejects.toBeInstanceOf(ApiError));
  await act(() => result.current.start({ blockIds: ["b"] }));
  await act(() => result.current.start({ blockIds: ["a"] }));
  expect(new Set(keysOf(document)).size).toBe(3);
});

test("after a refused start, the same start has another key, and nothing is looked up", async () => {
  const document = new FakeDocument();
  const { result } = follow(document);
  await pass(0);
  loseStart(document, () => problemAnswer(429, "BUDGET_EXCEEDED", "The budget is spent."));
  await act(() => expect(result.current.start()).rejects.toBeInstanceOf(ApiError));
  await pass(60_000);
  expect(document.requests).toEqual(["GET jobs?", "POST d/jobs"]);
  await act(() => result.current.start());
  expect(new Set(keysOf(document)).size).toBe(2);
});

test("after the jobs of a lost start have ended, the same start creates new jobs", async () => {
  const document = new FakeDocument();
  const { result } = follow(document);
  await pass(0);
  loseStart(document, networkFailure);
  await act(() => expect(result.current.start({ blockIds: ["a"] })).rejects.toBeInstanceOf(ApiError));
  await pass(0);
  for (const job of document.inFlight) document.complete(job);
  await pass(60_000);
  await act(() => result.current.start({ blockIds: ["a"] }));
  expect(document.jobs.length).toBe(2);
  expect(result.current.counts).toMatchObject({ total: 1, active: 1 });
});

test("a job that has ended before its start is answered again stays ended", async () => {
  const document = new FakeDocument();
  const onEnd = vi.fn();
  const view = follow(document, { onEnd });
  await pass(0);
  loseStart(document, networkFailure);
  await act(() => expect(view.result.current.start({ blockIds: ["a"] })).rejects.toBeInstanceOf(ApiError));
  await pass(0);
  const { answer } = document.server;
  document.server.answer = async (received) => {
    if (received.method === "POST") await new Promise((resolve) => setTimeout(resolve, 10_000));
    return answer(received);
  };
  const starting = view.result.current.start({ blockIds: ["a"] });
  for (const job of document.inFlight) document.complete(job);
  await pass(9000);
  expect(onEnd).toHaveBeenCalledTimes(1);
  await pass(60_000);
  await starting;
  expect(new Set(keysOf(document)).size).toBe(1);
  expect(blocksOf(view)).toEqual(["a COMPLETED"]);
  expect(onEnd).toHaveBeenCalledTimes(1);
});

test("a known prompt is kept when an answer to a start or a cancel leaves it out", async () => {
  const document = new FakeDocument();
  document.fields = { prompt: "Brief" };
  const onJobEnd = vi.fn();
  const { result } = follow(document, { onJobEnd });
  const promptsOf = () => result.current.jobs.map(({ prompt }) => prompt);
  await pass(0);
  loseStart(document, networkFailure);
  await act(() => expect(result.current.start({ blockIds: ["a"] })).rejects.toBeInstanceOf(ApiError));
  await pass(0);
  expect(promptsOf()).toEqual(["Brief"]);
  const { jobs } = result.current;
  await act(() => result.current.start({ blockIds: ["a"] }));
  expect(promptsOf()).toEqual(["Brief"]);
  expect(result.current.jobs).toBe(jobs);
  await act(() => result.current.cancel());
  expect(promptsOf()).toEqual(["Brief"]);
  expect(onJobEnd.mock.calls.map(([{ status, prompt }]) => [status, prompt])).toEqual([["FAILED", "Brief"]]);
});

test("a created job has no prompt until the next list has told it", async () => {
  const document = new FakeDocument();
  document.fields = { prompt: "Brief" };
  const { result } = follow(document);
  await pass(0);
  await act(() => result.current.start({ blockIds: ["a"] }));
  expect(result.current.jobs).toMatchObject([{ prompt: null }]);
  await pass(1000);
  expect(result.current.jobs).toMatchObject([{ prompt: "Brief" }]);
});
