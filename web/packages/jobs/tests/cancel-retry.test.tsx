import { act } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { ApiError } from "../src/index.js";
import {
  aJob,
  completed,
  FakeServer,
  failed,
  jobAnswer,
  jsonAnswer,
  networkFailure,
  newJobId,
  problemAnswer,
} from "./fake-server.js";
import { pass, runOnTestClock } from "./page.js";
import { watch } from "./watch.js";

runOnTestClock();

const cancelled = (jobId: string) => failed({ jobId, statusReason: "CANCELLED", error: "Job cancelled by user" });

test("cancel ends the job immediately, calls onError, and shows no notice", async () => {
  const server = new FakeServer();
  const jobId = newJobId();
  const [onError, notify] = [vi.fn(), vi.fn()];
  server.answer = ({ method }) =>
    method === "DELETE"
      ? jsonAnswer({ success: true, message: "Job cancelled", ...cancelled(jobId) })
      : jobAnswer({ jobId });
  const { result } = watch(server, { jobId, onError, notify });
  await pass(0);
  await act(() => result.current.cancel());
  expect(server.last).toMatchObject({ method: "DELETE", path: `/api/report-builder/jobs/${jobId}` });
  expect(result.current).toMatchObject({ job: { statusReason: "CANCELLED" }, isActive: false });
  await pass(600_000);
  expect(server.count).toBe(2);
  expect(onError.mock.calls).toEqual([["Job cancelled by user"]]);
  expect(notify).not.toHaveBeenCalled();
});

test("a cancel shows no notice in another hook on the same page", async () => {
  const server = new FakeServer();
  const jobId = newJobId();
  const notify = vi.fn();
  server.answer = () => jobAnswer({ jobId });
  const { result } = watch(server, { jobId, notify });
  const other = watch(server, { jobId, notify });
  await pass(0);
  server.answer = () => jsonAnswer(cancelled(jobId));
  await act(() => result.current.cancel());
  await pass(1000);
  expect(other.result.current.isActive).toBe(false);
  expect(notify).not.toHaveBeenCalled();
});

test("a cancel from another page shows an error notice", async () => {
  const server = new FakeServer();
  const jobId = newJobId();
  const notify = vi.fn();
  server.answer = () => jsonAnswer(cancelled(jobId));
  watch(server, { jobId, notify });
  await pass(0);
  expect(notify).toHaveBeenCalledWith(expect.objectContaining({ kind: "error", message: "Job cancelled by user" }));
});

test("a cancel aborts the poll in flight, and no poll starts until the cancel is answered", async () => {
  const server = new FakeServer();
  const jobId = newJobId();
  server.latencyMs = 3000;
  server.answer = ({ method }) => (method === "DELETE" ? jsonAnswer(cancelled(jobId)) : jobAnswer({ jobId }));
  const { result } = watch(server, { jobId });
  await pass(1000);
  const cancelling = result.current.cancel();
  await pass(0);
  expect(server.received.map(({ method, signal }) => [method, signal.aborted])).toEqual([
    ["GET", true],
    ["DELETE", false],
  ]);
  window.dispatchEvent(new Event("online"));
  await pass(3000);
  await cancelling;
  expect(server.count).toBe(2);
  expect(result.current.job?.statusReason).toBe("CANCELLED");
});

test("a cancel of an ended job polls the job once and reports its outcome", async () => {
  const server = new FakeServer();
  const jobId = newJobId();
  const [onComplete, notify] = [vi.fn(), vi.fn()];
  server.answer = () => jobAnswer({ jobId });
  const { result } = watch(server, { jobId, onComplete, notify });
  await pass(0);
  server.answer = ({ method }) =>
    method === "DELETE"
      ? problemAnswer(409, "JOB_FINISHED", "The job has ended and cannot change.")
      : jsonAnswer(completed({ jobId }));
  await act(() => result.current.cancel());
  await pass(600_000);
  expect(server.received.map(({ method }) => method)).toEqual(["GET", "DELETE", "GET"]);
  expect(onComplete).toHaveBeenCalledTimes(1);
  expect(notify.mock.calls.map(([notice]) => notice.kind)).toEqual(["success"]);
});

test("a cancel after the end notice does not show the notice again", async () => {
  const server = new FakeServer();
  const jobId = newJobId();
  const notify = vi.fn();
  server.answer = () => jobAnswer({ jobId });
  const { result } = watch(server, { jobId, notify });
  await pass(500);
  server.answer = ({ method }) =>
    method === "DELETE"
      ? problemAnswer(409, "JOB_FINISHED", "The job has ended and cannot change.")
      : jsonAnswer(completed({ jobId }));
  watch(server, { jobId, notify });
  await pass(0);
  expect(notify).toHaveBeenCalledTimes(1);
  await act(() => result.current.cancel());
  await pass(0);
  expect(result.current.job?.status).toBe("COMPLETED");
  expect(notify).toHaveBeenCalledTimes(1);
});

test("a cancel that fails rejects, and polling continues", async () => {
  const server = new FakeServer();
  const notify = vi.fn();
  server.answer = ({ method }) => (method === "DELETE" ? networkFailure() : jobAnswer());
  const { result } = watch(server, { notify });
  await pass(0);
  const error = await result.current.cancel().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 0, retryable: true, message: "The service cannot be reached." });
  await pass(1000);
  expect(server.received.map(({ method }) => method)).toEqual(["GET", "DELETE", "GET", "GET"]);
  server.answer = () => jsonAnswer(failed());
  await pass(1000);
  expect(notify).toHaveBeenCalledTimes(1);
});

test("if an older service answers a cancel without the job, the hook polls the job", async () => {
  const server = new FakeServer();
  const notify = vi.fn();
  const jobId = newJobId();
  server.answer = () => jobAnswer({ jobId });
  const { result } = watch(server, { jobId, notify });
  await pass(0);
  server.answer = ({ method }) =>
    jsonAnswer(method === "DELETE" ? { success: true, message: "Job cancelled" } : cancelled(jobId));
  await act(() => result.current.cancel());
  await pass(0);
  expect(result.current).toMatchObject({ job: { statusReason: "CANCELLED" }, isActive: false });
  expect(notify).not.toHaveBeenCalled();
});

test("a cancel that is never answered rejects after 30 s", async () => {
  const server = new FakeServer();
  server.answer = ({ method }) => (method === "DELETE" ? new Promise<Response>(() => {}) : jobAnswer());
  const { result } = watch(server);
  await pass(0);
  const rejected = expect(result.current.cancel()).rejects.toThrow("The service does not answer.");
  await pass(30_000);
  await rejected;
});

test("unmounting does not abort a cancel, and no callback is called", async () => {
  const server = new FakeServer();
  server.latencyMs = 1000;
  const onComplete = vi.fn();
  server.answer = () => jsonAnswer(failed());
  const { result, unmount } = watch(server, { onComplete });
  await pass(500);
  const cancelling = result.current.cancel();
  await pass(0);
  unmount();
  await pass(1000);
  await cancelling;
  expect(server.last.signal.aborted).toBe(false);
  await pass(600_000);
  expect(server.count).toBe(2);
  expect(onComplete).not.toHaveBeenCalled();
});

test("two concurrent cancels report one outcome", async () => {
  const server = new FakeServer();
  const jobId = newJobId();
  const [onError, notify] = [vi.fn(), vi.fn()];
  server.answer = ({ method }) => (method === "DELETE" ? jsonAnswer(cancelled(jobId)) : jobAnswer({ jobId }));
  const { result } = watch(server, { jobId, onError, notify });
  await pass(0);
  await act(() => Promise.all([result.current.cancel(), result.current.cancel()]));
  expect(onError).toHaveBeenCalledTimes(1);
  expect(notify).not.toHaveBeenCalled();
});

test("cancel sends no request without a job or after the job has ended", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(completed());
  const { result } = watch(server);
  await pass(0);
  await act(() => result.current.cancel());
  const idle = watch(server, { jobId: null });
  await act(() => idle.result.current.cancel());
  expect(server.count).toBe(1);
});

test("retry starts a new job and polls the new job until it ends", async () => {
  const server = new FakeServer();
  const [jobId, newId] = [newJobId(), newJobId()];
  const [onComplete, onError, notify] = [vi.fn(), vi.fn(), vi.fn()];
  server.answer = () => jsonAnswer(failed({ jobId }));
  const { result } = watch(server, { jobId, onComplete, onError, notify });
  await pass(0);
  expect(onError).toHaveBeenCalledTimes(1);

  const pending = aJob({ jobId: newId, status: "PENDING", retryOf: jobId });
  server.answer = () => jsonAnswer(pending, { Location: `/api/report-builder/jobs/${newId}` }, 202);
  let followed: unknown;
  await act(async () => {
    followed = await result.current.retry({ prompt: "Shorter", applyMode: "auto" });
  });
  expect(followed).toEqual(pending);
  expect(server.received[1]).toMatchObject({
    method: "POST",
    path: `/api/report-builder/jobs/${jobId}/retry`,
    body: '{"prompt":"Shorter","applyMode":"auto"}',
  });
  expect(server.received[1]?.headers.get("Idempotency-Key")).toMatch(/^[0-9a-f]{32}$/);
  expect(result.current).toMatchObject({ job: { jobId: newId, status: "PENDING" }, isActive: true });

  server.answer = () => jsonAnswer(completed({ jobId: newId }));
  await pass(1000);
  expect(server.last.path).toBe(`/api/report-builder/jobs/${newId}`);
  expect(onComplete).toHaveBeenCalledTimes(1);
  expect(notify.mock.calls.map(([notice]) => notice.kind)).toEqual(["error", "success"]);
});

test("the caller can pass the id of the new job without a restart of polling, and later another id", async () => {
  const server = new FakeServer();
  const [jobId, newId] = [newJobId(), newJobId()];
  server.answer = () => jsonAnswer(failed({ jobId }));
  const { result, rerender } = watch(server, { jobId });
  await pass(0);
  server.answer = () => jobAnswer({ jobId: newId, status: "PENDING" });
  await act(() => result.current.retry());
  rerender({ jobId: newId });
  expect(result.current.job?.status).toBe("PENDING");
  await pass(999);
  expect(server.count).toBe(3);
  rerender({ jobId });
  await pass(0);
  expect(server.last.path).toBe(`/api/report-builder/jobs/${jobId}`);
});

test("two clicks on retry start one job, and a retry after a failure sends a new request", async () => {
  const server = new FakeServer();
  const [jobId, newId] = [newJobId(), newJobId()];
  server.answer = () => jsonAnswer(failed({ jobId }));
  const { result } = watch(server, { jobId });
  await pass(0);
  server.answer = () => problemAnswer(409, "ACTIVE_JOB_LIMIT", "Too many jobs.");
  await expect(result.current.retry()).rejects.toMatchObject({ status: 409 });
  server.answer = () => jobAnswer({ jobId: newId, status: "PENDING" });
  const { retry } = result.current;
  let jobs: { jobId: string }[] = [];
  await act(async () => {
    jobs = await Promise.all([retry({ prompt: "Shorter" }), retry({ prompt: "Shorter" })]);
  });
  expect(jobs.map((job) => job.jobId)).toEqual([newId, newId]);
  expect(server.received.filter(({ method }) => method === "POST")).toHaveLength(2);
  expect(result.current.job?.jobId).toBe(newId);
});

test("the new job of a retry is not polled if the caller has passed another id meanwhile", async () => {
  const server = new FakeServer();
  const [jobId, newId, otherId] = [newJobId(), newJobId(), newJobId()];
  server.answer = () => jsonAnswer(failed({ jobId }));
  const { result, rerender } = watch(server, { jobId });
  await pass(0);
  server.latencyMs = 1000;
  server.answer = ({ method }) => jobAnswer({ jobId: method === "POST" ? newId : otherId });
  const retrying = result.current.retry();
  await pass(0);
  rerender({ jobId: otherId });
  await pass(1000);
  await retrying;
  await pass(5000);
  expect(result.current.job?.jobId).toBe(otherId);
  expect(server.received.filter(({ path }) => path.endsWith(newId))).toEqual([]);
});

test("retry as a click handler does not send the click event", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(failed());
  const { result } = watch(server);
  await pass(0);
  const handler: (click: never) => unknown = result.current.retry;
  await act(async () => {
    await handler(new MouseEvent("click") as never);
  });
  expect(server.received[1]?.body).toBe("{}");
});

test("retry rejects with the problem of the service, and also without a job", async () => {
  const server = new FakeServer();
  server.answer = ({ method }) =>
    method === "POST"
      ? problemAnswer(409, "JOB_NOT_FAILED", "Only a FAILED job can be tried again.")
      : jsonAnswer(completed());
  const { result } = watch(server);
  await pass(0);
  await expect(result.current.retry()).rejects.toMatchObject({ status: 409, code: "JOB_NOT_FAILED", retryable: false });
  await expect(watch(server, { jobId: null }).result.current.retry()).rejects.toThrow("There is no job to retry.");
});
