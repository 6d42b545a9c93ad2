import { renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { type Job, useJobPolling } from "../src/index.js";
import { completed, FakeServer, jobAnswer, jsonAnswer, newJobId } from "./fake-server.js";
import { hidePage, pass, runOnTestClock, showPage } from "./page.js";
import { watch } from "./watch.js";

runOnTestClock();

test("polls immediately, then at the interval of the job, until the job ends", async () => {
  const server = new FakeServer();
  server.answerInTurn(
    () => jobAnswer({ pollAfterMs: 1000 }),
    () => jobAnswer({ pollAfterMs: 3000 }),
    () => jsonAnswer(completed()),
  );
  const { result } = watch(server);
  expect(result.current).toMatchObject({ job: null, isActive: true });

  await pass(0);
  expect(server.count).toBe(1);
  expect(result.current).toMatchObject({ job: { status: "PROCESSING" }, isActive: true });

  await pass(60_000);
  expect(server.gaps).toEqual([1000, 3000]);
  expect(result.current).toMatchObject({ job: { status: "COMPLETED" }, isActive: false });
});

test("returns the progress and the partial text", async () => {
  const server = new FakeServer();
  const progress = {
    phase: "GENERATING" as const,
    percent: 55,
    message: "Drafting",
    partialText: "This quarter I",
    updatedAt: "2026-09-01T08:00:02Z",
  };
  server.answer = () => jobAnswer({ progress });
  const { result } = watch(server);
  await pass(0);
  expect(result.current.progress).toEqual(progress);
  expect(result.current.partialText).toBe("This quarter I");
});

test.each([null, undefined, ""])("sends no request without a job id (%j)", async (jobId) => {
  const server = new FakeServer();
  const { result } = watch(server, { jobId });
  await pass(60_000);
  expect(server.count).toBe(0);
  expect(result.current).toMatchObject({ job: null, progress: null, partialText: null, isActive: false });
});

test.each<[string, Partial<Job>, Record<string, string>, number]>([
  ["Retry-After, if it is longer", { pollAfterMs: 1000 }, { "Retry-After": "4" }, 4000],
  ["pollAfterMs, if it is longer", { pollAfterMs: 5000 }, { "Retry-After": "4" }, 5000],
  ["Retry-After, if there is no pollAfterMs", { pollAfterMs: null }, { "Retry-After": "3" }, 3000],
  ["2 s, if the service sets no interval", { pollAfterMs: null }, {}, 2000],
  ["2 s, if the values are invalid", { pollAfterMs: -5 }, { "Retry-After": "soon" }, 2000],
])("the interval is %s", async (_, fields, headers, interval) => {
  const server = new FakeServer();
  server.answer = () => jobAnswer(fields, headers);
  watch(server);
  await pass(interval);
  expect(server.gaps).toEqual([interval]);
});

test("the interval of the caller overrides the interval of the service, and can change while polling", async () => {
  const server = new FakeServer();
  server.answer = () => jobAnswer({ pollAfterMs: 1000 }, { "Retry-After": "5" });
  const { rerender } = watch(server, { pollInterval: 700 });
  await pass(699);
  rerender({ pollInterval: 300 });
  await pass(301);
  expect(server.gaps).toEqual([700, 300]);
});

test.each([0, -1, Number.NaN])("an interval of %d is ignored", async (pollInterval) => {
  const server = new FakeServer();
  watch(server, { pollInterval });
  await pass(1000);
  expect(server.gaps).toEqual([1000]);
});

test("sends no request while a poll is in flight, however late its answer is", async () => {
  const server = new FakeServer();
  server.latencyMs = 7000;
  watch(server, { pollInterval: 100 });
  await pass(3000);
  hidePage();
  showPage();
  window.dispatchEvent(new Event("online"));
  await pass(30_000);
  expect(server.mostAtOnce).toBe(1);
  expect(server.gaps).toEqual([7100, 7100, 7100, 7100]);
});

test("sends the last ETag, and a 304 keeps the job unchanged", async () => {
  const server = new FakeServer();
  server.answerInTurn(
    () => jobAnswer({ pollAfterMs: 1500 }, { ETag: '"1"' }),
    () => new Response(null, { status: 304, headers: { ETag: '"1"' } }),
    () => new Response(null, { status: 304, headers: { ETag: '"1"', "Retry-After": "4" } }),
    () => jsonAnswer(completed(), { ETag: '"2"' }),
  );
  const { result } = watch(server);
  await pass(1500);
  const { job } = result.current;
  await pass(1500);
  expect(result.current.job).toBe(job);
  await pass(4000);
  expect(server.received.map(({ headers }) => headers.get("If-None-Match"))).toEqual([null, '"1"', '"1"', '"1"']);
  expect(server.gaps).toEqual([1500, 1500, 4000]);
  expect(result.current.job?.status).toBe("COMPLETED");
});

test("does not poll while the page is hidden, and polls immediately when it is visible again", async () => {
  const server = new FakeServer();
  watch(server);
  await pass(500);
  hidePage();
  await pass(60_000);
  expect(server.count).toBe(1);
  showPage();
  await pass(0);
  expect(server.count).toBe(2);
  await pass(1000);
  expect(server.count).toBe(3);
});

test("a page that is opened in a hidden tab polls when it becomes visible", async () => {
  const server = new FakeServer();
  hidePage();
  watch(server);
  await pass(10_000);
  expect(server.count).toBe(0);
  showPage();
  await pass(0);
  expect(server.count).toBe(1);
});

test("uses an answer that arrives after the page was hidden, and then pauses", async () => {
  const server = new FakeServer();
  server.latencyMs = 200;
  const { result } = watch(server);
  await pass(100);
  hidePage();
  await pass(60_000);
  expect(result.current.job?.status).toBe("PROCESSING");
  expect(server.count).toBe(1);
});

test("unmounting aborts the request and stops polling", async () => {
  const server = new FakeServer();
  const onComplete = vi.fn();
  server.latencyMs = 1000;
  server.answer = () => jsonAnswer(completed());
  const { unmount } = watch(server, { onComplete });
  await pass(500);
  unmount();
  expect(server.last.signal.aborted).toBe(true);
  await pass(60_000);
  expect(server.count).toBe(1);
  expect(onComplete).not.toHaveBeenCalled();
});

test("unmounting between two polls stops polling", async () => {
  const server = new FakeServer();
  const { unmount } = watch(server);
  await pass(500);
  unmount();
  showPage();
  await pass(60_000);
  expect(server.count).toBe(1);
});

test("another id restarts polling, and a late answer about the previous id is ignored", async () => {
  const server = new FakeServer();
  const [first, second] = [newJobId(), newJobId()];
  const onComplete = vi.fn();
  server.answer = async ({ path }) => {
    // The answer arrives although its request was aborted. This happens if the browser has already received it.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return path.endsWith(first) ? jsonAnswer(completed({ jobId: first })) : jobAnswer({ jobId: second });
  };
  const { result, rerender } = watch(server, { jobId: first, onComplete });
  await pass(500);
  rerender({ jobId: second });
  expect(result.current).toMatchObject({ job: null, isActive: true });
  await pass(0);
  expect(server.received.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  await pass(1000);
  expect(result.current.job?.jobId).toBe(second);
  expect(onComplete).not.toHaveBeenCalled();
});

test("changing the id to null stops polling", async () => {
  const server = new FakeServer();
  const { result, rerender } = watch(server);
  await pass(0);
  rerender({ jobId: null });
  expect(result.current).toMatchObject({ job: null, isActive: false });
  await pass(60_000);
  expect(server.count).toBe(1);
});

test("a new client and new callbacks in each render do not restart polling", async () => {
  const server = new FakeServer();
  const other = new FakeServer();
  const { rerender } = watch(server);
  await pass(0);
  for (let render = 0; render < 20; render += 1) {
    rerender({ client: other.client, onComplete: () => {}, onError: () => {}, notify: () => {} });
    await pass(100);
  }
  expect([server.count, other.count]).toEqual([1, 2]);
});

test("a new id in each render sends one request per render, and requests never overlap", async () => {
  const server = new FakeServer();
  server.latencyMs = 50;
  const { unmount } = renderHook(() => {
    useJobPolling({ jobId: newJobId(), onComplete: () => {}, client: server.client });
  });
  for (let answers = 0; answers < 20; answers += 1) await pass(50);
  expect(server.count).toBe(20);
  expect(server.mostAtOnce).toBe(1);
  unmount();
});

test.each(["a/b?c#d", "Grüße 100%", "a\\b", "%2e"])("an id such as %s stays one segment of the path", async (jobId) => {
  const server = new FakeServer();
  watch(server, { jobId });
  await pass(0);
  expect(server.last.path).toBe(`/api/report-builder/jobs/${encodeURIComponent(jobId)}`);
});

test("a job of an older service, without the newer fields, is polled until it ends", async () => {
  const server = new FakeServer();
  const onComplete = vi.fn();
  const notify = vi.fn();
  server.answerInTurn(
    () => jsonAnswer({ id: "1", status: "PENDING" }),
    () => jsonAnswer({ id: "1", status: "COMPLETED", result: { content: "Text" } }),
  );
  const { result } = watch(server, { jobId: newJobId(), onComplete, notify });
  await pass(0);
  expect(result.current).toMatchObject({ progress: null, partialText: null, isActive: true });
  await pass(2000);
  expect(onComplete).toHaveBeenCalledTimes(1);
  expect(notify).toHaveBeenCalledWith(expect.objectContaining({ kind: "success", title: "Job completed" }));
});
