import { act } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { ApiError } from "../src/index.js";
import { blocksOf, FakeDocument, follow } from "./fake-document.js";
import { jsonAnswer, networkFailure } from "./fake-server.js";
import { pass, runOnTestClock } from "./page.js";
import { watch } from "./watch.js";

runOnTestClock();

test("cancel ends all jobs at once with one request, calls the callbacks, and shows no notice", async () => {
  const document = new FakeDocument();
  document.add("a");
  document.add("b");
  const [onJobEnd, onEnd, notify] = [vi.fn(), vi.fn(), vi.fn()];
  const view = follow(document, { onJobEnd, onEnd, notify });
  await pass(0);
  await act(() => view.result.current.cancel());
  expect(document.requests).toEqual(["GET jobs?", "DELETE d/jobs"]);
  expect(view.result.current.isActive).toBe(false);
  await pass(600_000);
  expect(document.server.count).toBe(2);
  expect(blocksOf(view)).toEqual(["a FAILED", "b FAILED"]);
  expect(onJobEnd.mock.calls.map(([job]) => job.statusReason)).toEqual(["CANCELLED", "CANCELLED"]);
  expect(onEnd).toHaveBeenCalledTimes(1);
  expect(notify).not.toHaveBeenCalled();
});

test("after a cancel, the notice is about the other jobs only", async () => {
  const document = new FakeDocument();
  const [a, b] = [document.add("a"), document.add("b"), document.add("c")];
  const notify = vi.fn();
  const { result } = follow(document, { notify });
  await pass(0);
  document.complete(a);
  document.complete(b);
  await pass(1000);
  await act(() => result.current.cancel());
  await pass(60_000);
  expect(notify.mock.calls.map(([{ title }]) => title)).toEqual(["2 sections drafted"]);
});

test("a cancel shows no notice in another hook on the same page, even without notify here", async () => {
  const document = new FakeDocument();
  const { jobId } = document.add("a");
  const [onError, notify] = [vi.fn(), vi.fn()];
  const { result } = follow(document, { notify: null });
  watch(document.server, { jobId, onError, notify });
  await pass(0);
  await act(() => result.current.cancel());
  await pass(1000);
  expect(onError).toHaveBeenCalledTimes(1);
  expect(notify).not.toHaveBeenCalled();
});

test("a job that has ended before the cancel keeps its result and its notice", async () => {
  const document = new FakeDocument();
  const a = document.add("a");
  document.add("b");
  const notify = vi.fn();
  const view = follow(document, { notify });
  await pass(0);
  document.complete(a);
  await act(() => view.result.current.cancel());
  await pass(0);
  await pass(10);
  expect(document.requests).toEqual(["GET jobs?", "DELETE d/jobs", "GET jobs?", `GET jobs/${a.jobId}`]);
  expect(blocksOf(view)).toEqual(["a COMPLETED", "b FAILED"]);
  expect(notify.mock.calls.map(([{ title }]) => title)).toEqual(["Draft ready"]);
});

test("a cancel ignores the list in flight, and no list starts until the cancel is answered", async () => {
  const document = new FakeDocument();
  document.add("a");
  const { result } = follow(document);
  await pass(0);
  document.server.latencyMs = 3000;
  await pass(2000);
  const cancelling = result.current.cancel();
  await pass(0);
  window.dispatchEvent(new Event("online"));
  await pass(2000);
  expect(document.server.received.map(({ method }) => method)).toEqual(["GET", "GET", "DELETE"]);
  await pass(1000);
  await cancelling;
  await pass(60_000);
  expect(document.server.count).toBe(3);
});

test.each([
  ["fails", networkFailure, "The service cannot be reached."],
  ["has no jobs", () => jsonAnswer({ success: true }), "The service's answer cannot be understood."],
])("a cancel whose answer %s rejects, and following continues", async (_, broken, message) => {
  const document = new FakeDocument();
  const job = document.add("a");
  const notify = vi.fn();
  const { result } = follow(document, { notify });
  await pass(0);
  const { answer } = document.server;
  document.server.answer = (received) => (received.method === "DELETE" ? broken() : answer(received));
  let error: unknown;
  await act(async () => {
    error = await result.current.cancel().catch((reason: unknown) => reason);
  });
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ message });
  await pass(0);
  expect(document.requests).toEqual(["GET jobs?", "DELETE d/jobs", "GET jobs?"]);
  expect(result.current.isActive).toBe(true);
  document.fail(job);
  await pass(60_000);
  expect(notify).toHaveBeenCalledTimes(1);
});

test("a cancel during a start is sent after the start is answered", async () => {
  const document = new FakeDocument();
  const { result } = follow(document);
  await pass(0);
  document.server.latencyMs = 1000;
  const starting = result.current.start({ blockIds: ["a"] });
  await pass(500);
  const cancelling = result.current.cancel();
  await pass(500);
  expect(document.requests).toEqual(["GET jobs?", "POST d/jobs", "DELETE d/jobs"]);
  await pass(1000);
  await Promise.all([starting, cancelling]);
  expect(result.current).toMatchObject({ isActive: false, counts: { failed: 1 } });
});

test("a cancelled job that was not followed shows no notice in another hook either", async () => {
  const document = new FakeDocument();
  document.add("a");
  const [onError, notify] = [vi.fn(), vi.fn()];
  const { result } = follow(document, { notify });
  await pass(0);
  const { jobId } = document.add("b");
  watch(document.server, { jobId, onError, notify });
  await pass(0);
  await act(() => result.current.cancel());
  await pass(60_000);
  expect(onError).toHaveBeenCalledTimes(1);
  expect(notify).not.toHaveBeenCalled();
});

test("unmounting does not abort a cancel, and no callback is called", async () => {
  const document = new FakeDocument();
  document.add("a");
  const [onJobEnd, onEnd] = [vi.fn(), vi.fn()];
  const { result, unmount } = follow(document, { onJobEnd, onEnd });
  await pass(0);
  document.server.latencyMs = 1000;
  const cancelling = result.current.cancel();
  await pass(500);
  unmount();
  await pass(500);
  await cancelling;
  await pass(60_000);
  expect(document.server.last.signal.aborted).toBe(false);
  expect(document.requests).toEqual(["GET jobs?", "DELETE d/jobs"]);
  expect([onJobEnd, onEnd].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
});

test("two concurrent cancels report one end", async () => {
  const document = new FakeDocument();
  document.add("a");
  const [onJobEnd, onEnd] = [vi.fn(), vi.fn()];
  const { result } = follow(document, { onJobEnd, onEnd });
  await pass(0);
  await act(() => Promise.all([result.current.cancel(), result.current.cancel()]));
  await pass(60_000);
  expect(onJobEnd).toHaveBeenCalledTimes(1);
  expect(onEnd).toHaveBeenCalledTimes(1);
});

test("cancel sends no request if no job is in flight", async () => {
  const document = new FakeDocument();
  const { result } = follow(document);
  await pass(0);
  await act(() => result.current.cancel());
  expect(document.requests).toEqual(["GET jobs?"]);
});
