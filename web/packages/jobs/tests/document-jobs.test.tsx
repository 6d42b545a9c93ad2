import { act } from "@testing-library/react";
import { StrictMode } from "react";
import { expect, test, vi } from "vitest";
import { ApiError } from "../src/index.js";
import { blocksOf, FakeDocument, follow } from "./fake-document.js";
import { jsonAnswer, newJobId, problemAnswer } from "./fake-server.js";
import { focusPage, hidePage, pass, runOnTestClock, showPage } from "./page.js";

runOnTestClock();

test("start sends one POST, and follows all jobs until each has ended", async () => {
  const document = new FakeDocument();
  const [onJobEnd, onEnd] = [vi.fn(), vi.fn()];
  const view = follow(document, { onJobEnd, onEnd });
  const { result } = view;
  await pass(0);
  expect(result.current).toMatchObject({ isActive: false, isLoading: false, jobs: [] });

  await act(() =>
    result.current.start({
      blockIds: ["a", "b"],
      only: "ALL",
      prompt: "Brief",
      applyMode: "auto",
      onConflict: "replace",
    }),
  );
  expect(document.requests).toEqual(["GET jobs?", "POST d/jobs"]);
  expect(JSON.parse(document.server.last.body)).toEqual({
    type: "GENERATE",
    blockIds: ["a", "b"],
    only: "ALL",
    prompt: "Brief",
    applyMode: "auto",
    onConflict: "replace",
  });
  expect(document.server.last.headers.get("Idempotency-Key")).toMatch(/^[0-9a-f]{32}$/);
  expect(result.current.counts).toEqual({ total: 2, active: 2, completed: 0, failed: 0 });
  expect(result.current.isActive).toBe(true);

  const [a, b] = document.inFlight;
  if (!a || !b) throw new Error("There are no jobs.");
  const endedA = document.complete(a);
  await pass(1000);
  await pass(10);
  expect(onJobEnd.mock.calls).toEqual([[endedA]]);
  expect(onEnd).not.toHaveBeenCalled();
  expect(result.current.counts).toEqual({ total: 2, active: 1, completed: 1, failed: 0 });

  const endedB = document.fail(b);
  await pass(600_000);
  expect(onJobEnd.mock.calls).toEqual([[endedA], [endedB]]);
  expect(onEnd.mock.calls).toEqual([[[endedA, endedB]]]);
  expect(result.current).toMatchObject({ isActive: false, counts: { total: 2, active: 0, completed: 1, failed: 1 } });
  expect(blocksOf(view)).toEqual(["a COMPLETED", "b FAILED"]);
  expect(document.requests.slice(2)).toEqual(["GET jobs?", `GET jobs/${a.jobId}`, "GET jobs?", `GET jobs/${b.jobId}`]);
});

test("start without a request asks for the whole document, also as a click handler", async () => {
  const document = new FakeDocument();
  const { result } = follow(document);
  await act(() => result.current.start());
  expect(document.server.last.body).toBe('{"type":"GENERATE"}');
  const handler: (click: never) => unknown = result.current.start;
  await act(async () => {
    await handler(new MouseEvent("click") as never);
  });
  expect(document.server.last.body).toBe('{"type":"GENERATE"}');
});

test("an empty list of blocks does not become the whole document", async () => {
  const document = new FakeDocument();
  const { result } = follow(document);
  await act(() => result.current.start({ blockIds: [] }));
  expect(document.server.last.body).toBe('{"type":"GENERATE","blockIds":[]}');
});

test("start returns the skipped blocks, and ends at once without jobs", async () => {
  const document = new FakeDocument();
  const [onEnd, notify] = [vi.fn(), vi.fn()];
  document.skipped = [
    { blockId: "a", reason: "NOT_EMPTY" },
    { blockId: "b", reason: "SOMETHING_NEW" },
  ];
  const { result } = follow(document, { onEnd, notify });
  await pass(0);
  let answer: unknown;
  await act(async () => {
    answer = await result.current.start();
  });
  expect(answer).toEqual({ jobs: [], skipped: document.skipped });
  expect(result.current).toMatchObject({ skipped: document.skipped, jobs: [], isActive: false });
  await pass(60_000);
  expect(document.requests).toEqual(["GET jobs?", "POST d/jobs"]);
  expect(onEnd).not.toHaveBeenCalled();
  expect(notify).not.toHaveBeenCalled();
});

test("is active while a start is sent, and rejects if the start fails", async () => {
  const document = new FakeDocument();
  const { result } = follow(document);
  await pass(0);
  document.server.latencyMs = 1000;
  document.server.answer = () =>
    problemAnswer(
      429,
      "BUDGET_EXCEEDED",
      "The budget is spent.",
      { "Retry-After": "60" },
      {
        resetAt: "2026-10-01T00:00:00Z",
      },
    );
  const starting = result.current.start().catch((reason: unknown) => reason);
  await pass(500);
  expect(result.current.isActive).toBe(true);
  await pass(500);
  const error = await starting;
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    code: "BUDGET_EXCEEDED",
    problem: { resetAt: "2026-10-01T00:00:00Z" },
    retryAfterMs: 60_000,
  });
  expect(result.current).toMatchObject({ isActive: false, error: null });
  expect(document.requests).toEqual(["GET jobs?", "POST d/jobs"]);
});

test("start rejects if the answer has no jobs", async () => {
  const document = new FakeDocument();
  const { result } = follow(document);
  await pass(0);
  document.server.answer = () => jsonAnswer({ success: true });
  await act(() => expect(result.current.start()).rejects.toThrow("The service's answer cannot be understood."));
});

test("a second start adds its jobs, and a newer job of a block replaces the older one", async () => {
  const document = new FakeDocument();
  const onEnd = vi.fn();
  const view = follow(document, { onEnd });
  const { result } = view;
  await act(() => result.current.start({ blockIds: ["a", "b"] }));
  const [oldA] = document.inFlight;
  if (oldA) document.fail(oldA, { statusReason: "SUPERSEDED" });
  document.skipped = [{ blockId: "b", reason: "BUSY" }];
  await act(() => result.current.start({ blockIds: ["a", "c"], onConflict: "replace" }));
  expect(blocksOf(view)).toEqual(["a PENDING", "b PENDING", "c PENDING"]);
  expect(result.current.skipped).toEqual(document.skipped);

  for (const job of document.inFlight) document.complete(job);
  await pass(600_000);
  expect(onEnd).toHaveBeenCalledTimes(1);
  expect(blocksOf(view)).toEqual(["a COMPLETED", "b COMPLETED", "c COMPLETED"]);
  expect(document.requests).not.toContain(`GET jobs/${oldA?.jobId}`);
});

test("a start after the end begins anew", async () => {
  const document = new FakeDocument();
  const onEnd = vi.fn();
  const view = follow(document, { onEnd });
  for (const blockIds of [["a"], ["b"]]) {
    await act(() => view.result.current.start({ blockIds }));
    for (const job of document.inFlight) document.complete(job);
    await pass(600_000);
  }
  expect(blocksOf(view)).toEqual(["b COMPLETED"]);
  expect(onEnd.mock.calls.map(([jobs]) => jobs.length)).toEqual([1, 1]);
});

test("jobs that are found after the end begin anew", async () => {
  const document = new FakeDocument();
  document.skipped = [{ blockId: "b", reason: "BUSY" }];
  const view = follow(document);
  await act(() => view.result.current.start({ blockIds: ["a"] }));
  for (const job of document.inFlight) document.complete(job);
  await pass(10_000);
  expect(view.result.current.skipped).toEqual(document.skipped);
  document.add("c");
  act(focusPage);
  await pass(0);
  expect(blocksOf(view)).toEqual(["c PROCESSING"]);
  expect(view.result.current.skipped).toEqual([]);
});

test("a list that was sent before a start does not count the new jobs as missing", async () => {
  const document = new FakeDocument();
  document.add("a");
  const { result } = follow(document);
  await pass(0);
  const { answer } = document.server;
  document.server.answer = async (received) => {
    const reply = await answer(received);
    await new Promise((resolve) => setTimeout(resolve, received.method === "GET" ? 300 : 100));
    return reply;
  };
  await pass(1050);
  const starting = result.current.start({ blockIds: ["b"] });
  await pass(100);
  await starting;
  await pass(1200);
  expect(document.requests).toEqual(["GET jobs?", "GET jobs?", "POST d/jobs", "GET jobs?"]);
});

test("finds and follows the jobs that are in flight already, in the order of their creation", async () => {
  const document = new FakeDocument();
  const jobs = [document.add("a"), document.add("b", { type: "REFINE" })];
  const onEnd = vi.fn();
  const view = follow(document, { onEnd });
  expect(view.result.current).toMatchObject({ isLoading: true, isActive: false });
  await pass(0);
  expect(document.server.last.path).toBe(
    `/api/report-builder/jobs?documentId=${document.id}&type=GENERATE,REFINE&status=PENDING,PROCESSING&include=progress&limit=100`,
  );
  expect(view.result.current).toMatchObject({ isLoading: false, isActive: true, jobs });
  for (const job of jobs) document.complete(job);
  await pass(600_000);
  expect(onEnd).toHaveBeenCalledTimes(1);
});

test("jobs that another tab starts meanwhile are followed too", async () => {
  const document = new FakeDocument();
  document.add("a");
  const view = follow(document);
  await pass(0);
  document.add("b");
  await pass(1000);
  expect(blocksOf(view)).toEqual(["a PROCESSING", "b PROCESSING"]);
});

test("while idle, looks again when the user returns to the page, at most once in 2 s", async () => {
  const document = new FakeDocument();
  const { result } = follow(document);
  await pass(1999);
  focusPage();
  await pass(1);
  expect(document.server.count).toBe(1);
  const job = document.add("a");
  hidePage();
  await pass(10_000);
  act(() => {
    showPage();
    focusPage();
  });
  await pass(0);
  expect(document.server.count).toBe(2);
  expect(result.current).toMatchObject({ isActive: true, jobs: [job] });
});

test.each([null, undefined, ""])("does nothing without a document (%j)", async (documentId) => {
  const document = new FakeDocument();
  const { result } = follow(document, { documentId });
  await pass(10_000);
  focusPage();
  await act(() => result.current.cancel());
  act(() => result.current.resume());
  await expect(result.current.start()).rejects.toThrow("There is no document.");
  expect(document.server.count).toBe(0);
  expect(result.current).toMatchObject({ jobs: [], skipped: [], isActive: false, isLoading: false, error: null });
});

test("another document resets the jobs, and a late answer about the previous one is ignored", async () => {
  const document = new FakeDocument();
  const [onJobEnd, onEnd] = [vi.fn(), vi.fn()];
  const view = follow(document, { onJobEnd, onEnd });
  await act(() => view.result.current.start({ blockIds: ["a"] }));
  const listsBefore = document.server.count;
  document.server.answer = async ({ path }) => {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return jsonAnswer({ jobs: path.includes(document.id) ? document.inFlight : [], nextCursor: null });
  };
  await pass(1500);
  const other = newJobId();
  view.rerender({ documentId: other });
  expect(view.result.current).toMatchObject({ jobs: [], isActive: false, isLoading: true });
  await pass(5000);
  expect(view.result.current).toMatchObject({ jobs: [], isActive: false, isLoading: false });
  const received = document.server.received.slice(listsBefore);
  expect(received.map(({ path }) => path.includes(other))).toEqual([false, true]);
  expect(onEnd).not.toHaveBeenCalled();
});

test("the jobs of a start are not followed if another document was passed meanwhile", async () => {
  const document = new FakeDocument();
  const { result, rerender } = follow(document);
  await pass(0);
  document.server.latencyMs = 1000;
  const starting = result.current.start({ blockIds: ["a"] });
  await pass(0);
  rerender({ documentId: null });
  await pass(1000);
  await starting;
  await pass(60_000);
  expect(result.current).toMatchObject({ jobs: [], isActive: false });
  expect(document.requests).toEqual(["GET jobs?", "POST d/jobs"]);
});

test("unmounting ignores the list in flight and stops following, but does not abort a start", async () => {
  const document = new FakeDocument();
  document.add("a");
  const onEnd = vi.fn();
  const { result, unmount } = follow(document, { onEnd });
  await pass(0);
  document.server.latencyMs = 2000;
  await pass(1000);
  const starting = result.current.start({ blockIds: ["b"] });
  await pass(500);
  unmount();
  expect(document.server.received.map(({ method }) => method)).toEqual(["GET", "GET", "POST"]);
  await pass(2000);
  await starting;
  document.cancel();
  await pass(600_000);
  expect(document.server.count).toBe(3);
  expect(onEnd).not.toHaveBeenCalled();
});

test("in StrictMode, each request, notice and callback happens once", async () => {
  const document = new FakeDocument();
  const [onJobEnd, onEnd, notify] = [vi.fn(), vi.fn(), vi.fn()];
  const { result } = follow(document, { onJobEnd, onEnd, notify }, StrictMode as never);
  await pass(0);
  await act(() => result.current.start({ blockIds: ["a", "b"] }));
  for (const job of document.inFlight) document.complete(job);
  await pass(600_000);
  expect(document.requests.slice(0, 3)).toEqual(["GET jobs?", "POST d/jobs", "GET jobs?"]);
  expect(document.server.count).toBe(5);
  expect([onJobEnd, onEnd, notify].map(({ mock }) => mock.calls.length)).toEqual([2, 1, 1]);
});
