import { act } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import {
  completed,
  FakeServer,
  jobAnswer,
  jsonAnswer,
  networkFailure,
  newJobId,
  problemAnswer,
} from "./fake-server.js";
import { pass, runOnTestClock, showPage } from "./page.js";
import { watch } from "./watch.js";

runOnTestClock();

const refusal = () => problemAnswer(401, "UNAUTHORIZED", "Sign in again.");

test("after polling has stopped, resume polls the same job until it ends", async () => {
  const server = new FakeServer();
  const jobId = newJobId();
  const onComplete = vi.fn();
  server.answerInTurn(
    () => jobAnswer({ jobId }),
    refusal,
    () => jobAnswer({ jobId }),
    () => jsonAnswer(completed({ jobId })),
  );
  const { result } = watch(server, { jobId, onComplete, onError: () => {} });
  await pass(600_000);
  expect(server.count).toBe(2);

  act(() => result.current.resume());
  expect(result.current).toMatchObject({ job: { status: "PROCESSING" }, isActive: true });
  await pass(0);
  expect(server.last.path).toBe(`/api/report-builder/jobs/${jobId}`);
  expect(server.count).toBe(3);
  await pass(1000);
  expect(result.current).toMatchObject({ job: { status: "COMPLETED" }, isActive: false });
  expect(onComplete).toHaveBeenCalledTimes(1);
});

test("after resume, 5 failures are retried again and the 6th is reported again", async () => {
  const server = new FakeServer();
  server.answer = networkFailure;
  const [onError, notify] = [vi.fn(), vi.fn()];
  const { result } = watch(server, { onError, notify });
  await pass(600_000);
  act(() => result.current.resume());
  await pass(2000 + 4000 + 8000 + 16_000);
  expect(onError).toHaveBeenCalledTimes(1);
  await pass(600_000);
  expect(server.count).toBe(12);
  expect(onError).toHaveBeenCalledTimes(2);
  expect(notify).toHaveBeenCalledTimes(2);
});

test("two hooks show one more notice if polling stops again after resume", async () => {
  const server = new FakeServer();
  server.answer = refusal;
  const notify = vi.fn();
  const jobId = newJobId();
  const hooks = [watch(server, { jobId, notify }), watch(server, { jobId, notify })];
  await pass(0);
  act(() => {
    for (const { result } of hooks) result.current.resume();
  });
  await pass(600_000);
  expect(server.count).toBe(4);
  expect(notify).toHaveBeenCalledTimes(2);
});

test("after resume, the page polls immediately when it becomes visible", async () => {
  const server = new FakeServer();
  server.answerInTurn(refusal, () => jobAnswer({ pollAfterMs: 60_000 }));
  const { result } = watch(server);
  await pass(0);
  act(() => result.current.resume());
  await pass(0);
  showPage();
  await pass(0);
  expect(server.count).toBe(3);
});

test("resume sends no request while the job is polled", async () => {
  const server = new FakeServer();
  server.latencyMs = 500;
  const { result } = watch(server);
  await pass(100);
  act(() => result.current.resume());
  await pass(400);
  act(() => result.current.resume());
  await pass(999);
  expect(server.count).toBe(1);
});

test("resume sends no request after the job has ended or without a job", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(completed());
  const onComplete = vi.fn();
  const { result, rerender } = watch(server, { onComplete });
  await pass(0);
  act(() => result.current.resume());
  await pass(600_000);
  expect(server.count).toBe(1);
  rerender({ jobId: null });
  act(() => result.current.resume());
  await pass(600_000);
  expect(server.count).toBe(1);
  expect(onComplete).toHaveBeenCalledTimes(1);
});
