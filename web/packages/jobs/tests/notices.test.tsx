import { render } from "@testing-library/react";
import { StrictMode } from "react";
import { expect, test, vi } from "vitest";
import { endNotice, type Job, type JobPollingOptions, JobsProvider, type Notice, useJobPolling } from "../src/index.js";
import { completed, FakeServer, failed, jobAnswer, jsonAnswer, newJobId } from "./fake-server.js";
import { pass, runOnTestClock } from "./page.js";
import { watch } from "./watch.js";

runOnTestClock();

function Watcher(options: JobPollingOptions) {
  useJobPolling(options);
  return null;
}

test("a COMPLETED job shows one success notice and calls onComplete without arguments", async () => {
  const server = new FakeServer();
  const job = completed();
  server.answerInTurn(
    () => jobAnswer(),
    () => jsonAnswer(job),
  );
  const [onComplete, onError, notify] = [vi.fn(), vi.fn(), vi.fn()];
  watch(server, { onComplete, onError, notify });
  await pass(600_000);
  expect(notify.mock.calls).toEqual([
    [{ kind: "success", title: "Draft ready", message: "The block has its new text.", job }],
  ]);
  expect(onComplete.mock.calls).toEqual([[]]);
  expect(onError).not.toHaveBeenCalled();
});

test("a FAILED job shows one error notice and calls onError with its error only", async () => {
  const server = new FakeServer();
  const job = failed({ error: "No Anthropic API key configured" });
  server.answer = () => jsonAnswer(job);
  const [onComplete, onError, notify] = [vi.fn(), vi.fn(), vi.fn()];
  watch(server, { onComplete, onError, notify });
  await pass(600_000);
  expect(notify.mock.calls).toEqual([
    [{ kind: "error", title: "Drafting failed", message: "No Anthropic API key configured", job }],
  ]);
  expect(onError.mock.calls).toEqual([["No Anthropic API key configured"]]);
  expect(onComplete).not.toHaveBeenCalled();
});

test("a FAILED job calls onComplete if there is no onError", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(failed());
  const onComplete = vi.fn();
  watch(server, { onComplete });
  await pass(600_000);
  expect(onComplete).toHaveBeenCalledTimes(1);
});

test("onComplete can be a function with optional parameters", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(completed());
  const reload = vi.fn(async (quiet?: boolean) => quiet ?? false);
  watch(server, { onComplete: reload });
  await pass(0);
  expect(reload.mock.calls).toEqual([[]]);
});

test.each([completed(), failed()])("onEnd is called once and last, with the job: $status", async (job) => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(job);
  const called: unknown[] = [];
  const jobId = newJobId();
  const { rerender } = watch(server, {
    jobId,
    onComplete: () => called.push("COMPLETED"),
    onError: () => called.push("FAILED"),
    onEnd: (ended) => called.push(ended),
  });
  await pass(0);
  rerender({ jobId: null });
  rerender({ jobId });
  await pass(600_000);
  expect(called).toEqual([job.status, job]);
});

test.each<[Partial<Job>, string, string, Notice["kind"]?]>([
  [{ type: "REFINE" }, "Refined text ready", "The block has its new text."],
  [{ type: "ANALYZE" }, "Analysis ready", "You can read its insights now."],
  [
    { statusReason: "NOT_APPLIED" },
    "Draft ready, not applied",
    "The block was edited meanwhile. The edit was not overwritten. The new text is saved in the job.",
    "warning",
  ],
  [
    { statusReason: "PROPOSED" },
    "Draft ready, as a proposal",
    "Your own text is unchanged. You can compare the two and choose.",
    "warning",
  ],
  [
    { statusReason: "TRUNCATED" },
    "Draft ready, but cut short",
    "The text reached the length limit and is incomplete.",
    "warning",
  ],
  [{ statusReason: "TOO_LONG" }, "Draft ready, but long", "The text is longer than the block allows.", "warning"],
  [{ statusReason: "SOMETHING_NEW" }, "Draft ready", "The block has its new text."],
  [{ status: "FAILED", error: null, type: "REFINE" }, "Refining failed", "The job failed.", "error"],
])("a job with %j shows the notice “%s”", async (fields, title, message, kind = "success") => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(completed(fields));
  const notify = vi.fn();
  watch(server, { notify });
  await pass(0);
  expect(notify).toHaveBeenCalledWith(expect.objectContaining({ kind, title, message }));
});

test("in StrictMode, each request, notice and callback happens once", async () => {
  const server = new FakeServer();
  server.answerInTurn(
    () => jobAnswer(),
    () => jsonAnswer(completed()),
  );
  const [onComplete, notify] = [vi.fn(), vi.fn()];
  watch(server, { onComplete, notify }, { wrapper: StrictMode });
  await pass(600_000);
  expect(server.count).toBe(2);
  expect(notify).toHaveBeenCalledTimes(1);
  expect(onComplete).toHaveBeenCalledTimes(1);
});

test("two hooks on one job show one notice, and each calls its own callback once", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(completed());
  const [first, second, notify] = [vi.fn(), vi.fn(), vi.fn()];
  const jobId = newJobId();
  render(
    <JobsProvider client={server.client} notify={notify}>
      <Watcher jobId={jobId} onComplete={first} />
      <Watcher jobId={jobId} onComplete={second} />
    </JobsProvider>,
  );
  await pass(600_000);
  expect(notify).toHaveBeenCalledTimes(1);
  expect(first).toHaveBeenCalledTimes(1);
  expect(second).toHaveBeenCalledTimes(1);
});

test("two hooks whose polling stops show one notice", async () => {
  const server = new FakeServer();
  server.answer = () => new Response(null, { status: 403 });
  const [onError, notify] = [vi.fn(), vi.fn()];
  const jobId = newJobId();
  watch(server, { jobId, onError, notify });
  watch(server, { jobId, onError, notify });
  await pass(600_000);
  expect(notify).toHaveBeenCalledTimes(1);
  expect(onError).toHaveBeenCalledTimes(2);
});

test("a job whose polling has stopped shows its end notice when it is polled again", async () => {
  const server = new FakeServer();
  server.answer = () => new Response(null, { status: 403 });
  const notify = vi.fn();
  const jobId = newJobId();
  watch(server, { jobId, notify }).unmount();
  watch(server, { jobId, notify });
  await pass(0);
  server.answer = () => jsonAnswer(completed());
  watch(server, { jobId, notify });
  await pass(0);
  expect(notify.mock.calls.map(([notice]) => notice.kind)).toEqual(["error", "success"]);
});

test("a page that is mounted again after the job has ended shows no second notice", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(completed());
  const [onComplete, notify] = [vi.fn(), vi.fn()];
  const jobId = newJobId();
  const { unmount } = watch(server, { jobId, onComplete, notify });
  await pass(0);
  unmount();
  watch(server, { jobId, onComplete, notify });
  await pass(600_000);
  expect(notify).toHaveBeenCalledTimes(1);
  expect(onComplete).toHaveBeenCalledTimes(2);
});

test("a hook that returns to an ended job does not call its callbacks again", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(completed());
  const onComplete = vi.fn();
  const jobId = newJobId();
  const { result, rerender } = watch(server, { jobId, onComplete });
  await pass(0);
  rerender({ jobId: null });
  rerender({ jobId });
  await pass(600_000);
  expect(result.current.job?.status).toBe("COMPLETED");
  expect(onComplete).toHaveBeenCalledTimes(1);
});

test("after the end, neither a render nor a visible page notifies again", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(completed());
  const [onComplete, notify] = [vi.fn(), vi.fn()];
  const { rerender } = watch(server, { onComplete, notify });
  await pass(0);
  rerender({});
  document.dispatchEvent(new Event("visibilitychange"));
  window.dispatchEvent(new Event("online"));
  await pass(600_000);
  expect(server.count).toBe(1);
  expect(notify).toHaveBeenCalledTimes(1);
  expect(onComplete).toHaveBeenCalledTimes(1);
});

test("the callbacks of the latest render are called", async () => {
  const server = new FakeServer();
  server.answerInTurn(
    () => jobAnswer(),
    () => jsonAnswer(completed()),
  );
  const [before, after, notifyBefore, notifyAfter] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
  const { rerender } = watch(server, { onComplete: before, notify: notifyBefore });
  await pass(500);
  rerender({ onComplete: after, notify: notifyAfter });
  await pass(500);
  expect(server.gaps).toEqual([1000]);
  expect([before, after, notifyBefore, notifyAfter].map(({ mock }) => mock.calls.length)).toEqual([0, 1, 0, 1]);
});

test("notify: null suppresses the notices of the provider", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(completed());
  const [onComplete, notify] = [vi.fn(), vi.fn()];
  render(
    <JobsProvider client={server.client} notify={notify}>
      <Watcher jobId={newJobId()} onComplete={onComplete} notify={null} />
    </JobsProvider>,
  );
  await pass(0);
  expect(onComplete).toHaveBeenCalledTimes(1);
  expect(notify).not.toHaveBeenCalled();
});

test("a provider inherits missing props from the provider above", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(completed());
  const notify = vi.fn();
  render(
    <JobsProvider client={server.client}>
      <JobsProvider notify={notify}>
        <JobsProvider>
          <Watcher jobId={newJobId()} onComplete={() => {}} />
        </JobsProvider>
      </JobsProvider>
    </JobsProvider>,
  );
  await pass(0);
  expect(notify).toHaveBeenCalledTimes(1);
});

test("a callback can unmount the page", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(completed());
  const onComplete = vi.fn(() => view.unmount());
  const view = watch(server, { onComplete });
  await pass(600_000);
  expect(onComplete).toHaveBeenCalledTimes(1);
  expect(server.count).toBe(1);
});

test("an error in a callback is reported as unhandled, and the other callbacks still run", async () => {
  const uncaught: unknown[] = [];
  const listener = (reason: unknown) => uncaught.push(reason);
  process.on("unhandledRejection", listener);
  const server = new FakeServer();
  server.answer = () => jsonAnswer(completed());
  const broken = new Error("The page is broken.");
  const onComplete = vi.fn(() => {
    throw broken;
  });
  const onEnd = vi.fn();
  const { result } = watch(server, { onComplete, onEnd });
  await pass(600_000);
  await vi.waitFor(() => expect(uncaught).toEqual([broken]));
  process.off("unhandledRejection", listener);
  expect(onComplete).toHaveBeenCalledTimes(1);
  expect(onEnd).toHaveBeenCalledTimes(1);
  expect(server.count).toBe(1);
  expect(result.current).toMatchObject({ job: { status: "COMPLETED" }, isActive: false });
});

test("the callbacks still run if notify throws", async () => {
  const uncaught = vi.fn();
  process.on("unhandledRejection", uncaught);
  const server = new FakeServer();
  server.answer = () => jsonAnswer(failed());
  const onError = vi.fn();
  const notify = () => {
    throw new Error("Notices cannot be shown.");
  };
  watch(server, { onError, notify });
  await pass(0);
  await vi.waitFor(() => expect(uncaught).toHaveBeenCalledTimes(1));
  process.off("unhandledRejection", uncaught);
  expect(onError).toHaveBeenCalledTimes(1);
});

test.each(["GENERATE", "REFINE"] as const)("the notice of a %s job without a block names no block", (type) => {
  expect(endNotice(completed({ type, documentId: null, blockId: null })).message).toBe("You can use its text now.");
});
