import { act } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import type { Job } from "../src/index.js";
import { FakeDocument, follow } from "./fake-document.js";
import { pass, runOnTestClock } from "./page.js";
import { watch } from "./watch.js";

runOnTestClock();

type End = (document: FakeDocument, job: Job) => Job;
const complete =
  (fields: Partial<Job> = {}): End =>
  (document, job) =>
    document.complete(job, fields);
const fail =
  (fields: Partial<Job> = {}): End =>
  (document, job) =>
    document.fail(job, fields);

test.each<[string, string, string, End[]]>([
  ["success", "3 sections drafted", "The document has its new texts.", [complete(), complete(), complete()]],
  ["error", "1 of 3 sections drafted, 2 failed", "Every attempt failed.", [complete(), fail(), fail()]],
  ["error", "0 of 2 sections drafted, 2 failed", "One. Two.", [fail({ error: "One." }), fail({ error: "Two." })]],
  [
    "warning",
    "1 of 2 sections drafted, 1 proposed",
    "A proposed text waits beside your own text.",
    [complete(), complete({ statusReason: "PROPOSED" })],
  ],
  [
    "warning",
    "1 of 2 sections drafted, 1 not applied",
    "A text that was not applied is saved in its job.",
    [complete(), complete({ statusReason: "NOT_APPLIED" })],
  ],
  [
    "warning",
    "2 sections drafted, 1 of them cut short",
    "A text that was cut short reached the length limit and is incomplete.",
    [complete(), complete({ statusReason: "TRUNCATED" })],
  ],
  [
    "error",
    "1 of 2 sections drafted, 1 cancelled",
    "The document has its new texts.",
    [complete(), fail({ statusReason: "CANCELLED" })],
  ],
  ["success", "2 sections written", "The document has its new texts.", [complete(), complete({ type: "REFINE" })]],
  [
    "success",
    "2 sections refined",
    "The document has its new texts.",
    [complete({ type: "REFINE" }), complete({ type: "REFINE" })],
  ],
  ["success", "Draft ready", "The block has its new text.", [complete()]],
])("at the end there is one %s notice: “%s”", async (kind, title, message, ends) => {
  const document = new FakeDocument();
  const notify = vi.fn();
  const { result } = follow(document, { notify });
  await act(() => result.current.start({ blockIds: ends.map((_, index) => `block ${index}`) }));
  for (const [index, job] of document.inFlight.entries()) {
    ends[index]?.(document, job);
    await pass(5000);
  }
  expect(notify.mock.calls).toEqual([[expect.objectContaining({ kind, title, message })]]);
});

test("a notice names at most 3 different errors", async () => {
  const document = new FakeDocument();
  const notify = vi.fn();
  const { result } = follow(document, { notify });
  await act(() => result.current.start({ blockIds: ["a", "b", "c", "d", "e"] }));
  for (const [index, job] of document.inFlight.entries()) document.fail(job, { error: `Error ${index}.` });
  await pass(5000);
  expect(notify).toHaveBeenCalledWith({
    kind: "error",
    title: "0 of 5 sections drafted, 5 failed",
    message: "Error 0. Error 1. Error 2.",
    jobs: document.jobs,
  });
});

test("hooks on single jobs of the document show no notices of their own", async () => {
  const document = new FakeDocument();
  const notify = vi.fn();
  const onComplete = vi.fn();
  const { result } = follow(document, { notify });
  await act(() => result.current.start({ blockIds: ["a", "b"] }));
  for (const { jobId } of document.inFlight) watch(document.server, { jobId, notify, onComplete, pollInterval: 100 });
  for (const job of document.inFlight) document.complete(job);
  await pass(60_000);
  expect(onComplete).toHaveBeenCalledTimes(2);
  expect(notify.mock.calls.map(([{ title }]) => title)).toEqual(["2 sections drafted"]);
});

test("after unmounting, hooks on single jobs show their own notices again", async () => {
  const document = new FakeDocument();
  const job = document.add("a");
  const notify = vi.fn();
  const { unmount } = follow(document, { notify });
  await pass(0);
  watch(document.server, { jobId: job.jobId, notify });
  unmount();
  document.complete(job);
  await pass(60_000);
  expect(notify.mock.calls.map(([{ title }]) => title)).toEqual(["Draft ready"]);
});

test("a job that the user cancels in its own hook shows no notice", async () => {
  const document = new FakeDocument();
  const job = document.add("a");
  const [onEnd, notify] = [vi.fn(), vi.fn()];
  follow(document, { onEnd, notify });
  const single = watch(document.server, { jobId: job.jobId, notify });
  await pass(0);
  const { answer } = document.server;
  document.server.answer = (received) => {
    if (received.method === "DELETE") document.cancel();
    return answer({ ...received, method: "GET" });
  };
  await act(() => single.result.current.cancel());
  await pass(60_000);
  expect(onEnd).toHaveBeenCalledTimes(1);
  expect(notify).not.toHaveBeenCalled();
});

test("two hooks on one document show one notice, and each calls its own callbacks once", async () => {
  const document = new FakeDocument();
  const jobs = [document.add("a"), document.add("b")];
  const [first, second, notify] = [vi.fn(), vi.fn(), vi.fn()];
  follow(document, { onEnd: first, notify });
  follow(document, { onEnd: second, notify });
  await pass(0);
  for (const job of jobs) document.complete(job);
  await pass(60_000);
  expect([first, second, notify].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 1]);
});

test("notify: null shows no notice, and leaves those of other hooks alone", async () => {
  const document = new FakeDocument();
  const job = document.add("a");
  const [onEnd, notify] = [vi.fn(), vi.fn()];
  follow(document, { onEnd, notify: null });
  watch(document.server, { jobId: job.jobId, notify });
  await pass(0);
  document.complete(job);
  await pass(60_000);
  expect(onEnd).toHaveBeenCalledTimes(1);
  expect(notify).toHaveBeenCalledTimes(1);
});

test("if one callback throws, the others still run, and following continues", async () => {
  const uncaught = vi.fn();
  process.on("unhandledRejection", uncaught);
  const document = new FakeDocument();
  const jobs = [document.add("a"), document.add("b")];
  const onJobEnd = vi.fn(() => {
    throw new Error("The page is broken.");
  });
  const onEnd = vi.fn();
  follow(document, { onJobEnd, onEnd });
  await pass(0);
  for (const job of jobs) document.complete(job);
  await pass(60_000);
  await vi.waitFor(() => expect(uncaught).toHaveBeenCalledTimes(2));
  process.off("unhandledRejection", uncaught);
  expect(onJobEnd).toHaveBeenCalledTimes(2);
  expect(onEnd).toHaveBeenCalledTimes(1);
});
