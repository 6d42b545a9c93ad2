import { expect, test, vi } from "vitest";
import type { Notice } from "../src/index.js";
import { completed, FakeServer, jobAnswer, jsonAnswer, networkFailure, problemAnswer } from "./fake-server.js";
import { goOffline, goOnline, hidePage, pass, runOnTestClock, showPage } from "./page.js";
import { watch } from "./watch.js";

runOnTestClock();

const serverFailure = () => problemAnswer(500, "INTERNAL_ERROR", "Something broke here.");
const tooManyRequests = (retryAfter: string, headers = {}) =>
  problemAnswer(429, "TOO_MANY_REQUESTS", "Slow down.", { "Retry-After": retryAfter, ...headers });

test.each([
  ["network failures", networkFailure, "The service cannot be reached."],
  ["server failures", serverFailure, "Something broke here."],
  [
    "gateway failures",
    () => new Response("<html>Bad gateway</html>", { status: 502 }),
    "The service answered with status 502.",
  ],
  ["incomplete answers", () => new Response('{"status": "PEN'), "The request failed."],
  ["answers that are not a job", () => jsonAnswer([]), "The service's answer cannot be understood."],
])("retries 5 consecutive %s and reports the 6th once", async (_, answer, message) => {
  const server = new FakeServer();
  server.answer = answer;
  const onError = vi.fn();
  const notify = vi.fn<(notice: Notice) => void>();
  const { result } = watch(server, { onError, notify });

  await pass(2000 + 4000 + 8000 + 16_000);
  expect(server.count).toBe(5);
  expect(onError).not.toHaveBeenCalled();
  expect(notify).not.toHaveBeenCalled();
  expect(result.current.isActive).toBe(true);

  await pass(600_000);
  expect(server.count).toBe(6);
  expect(onError.mock.calls).toEqual([[message]]);
  expect(notify.mock.calls).toEqual([[{ kind: "error", title: "Lost track of the job", message }]]);
  expect(result.current.isActive).toBe(false);
});

test("retries with exponential backoff and full jitter, up to 30 s", async () => {
  const server = new FakeServer();
  server.answer = networkFailure;
  watch(server);
  await pass(600_000);
  expect(server.gaps).toEqual([2000, 4000, 8000, 16_000, 30_000]);

  const luckyServer = new FakeServer();
  luckyServer.answer = networkFailure;
  vi.spyOn(Math, "random").mockReturnValue(0.25);
  watch(luckyServer);
  await pass(600_000);
  expect(luckyServer.gaps).toEqual([500, 1000, 2000, 4000, 7500]);
});

test("an answer resets the count of consecutive failures", async () => {
  const server = new FakeServer();
  const fiveTimes = Array.from({ length: 5 }, () => networkFailure);
  server.answerInTurn(
    ...fiveTimes,
    () => jobAnswer(),
    ...fiveTimes,
    () => jsonAnswer(completed()),
  );
  const onComplete = vi.fn();
  const onError = vi.fn();
  watch(server, { onComplete, onError });
  await pass(600_000);
  expect(onError).not.toHaveBeenCalled();
  expect(onComplete).toHaveBeenCalledTimes(1);
});

test.each([
  [401, "UNAUTHORIZED", "Sign in again."],
  [403, "FORBIDDEN", "No such job."],
  [404, "NOT_FOUND", "No such job."],
])("reports status %i immediately and sends no retry", async (status, code, message) => {
  const server = new FakeServer();
  server.answer = () => problemAnswer(status, code, "No such job.");
  const onError = vi.fn();
  const notify = vi.fn();
  const { result } = watch(server, { onError, notify });
  await pass(600_000);
  expect(server.count).toBe(1);
  expect(onError.mock.calls).toEqual([[message]]);
  expect(notify).toHaveBeenCalledTimes(1);
  expect(result.current.isActive).toBe(false);
});

test("an id of two dots leads to another path, and the answer is rejected because it is not a job", async () => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer({ documents: [], nextCursor: null });
  const onError = vi.fn();
  watch(server, { jobId: "..", onError });
  await pass(600_000);
  expect(onError).toHaveBeenCalledWith("The service's answer cannot be understood.");
});

test("keeps the last known state of the job when polling stops, and does not call onEnd", async () => {
  const server = new FakeServer();
  server.answerInTurn(
    () => jobAnswer(),
    () => problemAnswer(404, "NOT_FOUND", "No such job."),
  );
  const [onError, onEnd] = [vi.fn(), vi.fn()];
  const { result } = watch(server, { onError, onEnd });
  await pass(600_000);
  expect(onError).toHaveBeenCalledWith("No such job.");
  expect(onEnd).not.toHaveBeenCalled();
  expect(result.current).toMatchObject({ job: { status: "PROCESSING" }, isActive: false });
});

test("without onError, onComplete is called when polling stops", async () => {
  const server = new FakeServer();
  server.answer = () => problemAnswer(401, "UNAUTHORIZED", "Sign in again.");
  const onComplete = vi.fn();
  watch(server, { onComplete });
  await pass(0);
  expect(onComplete.mock.calls).toEqual([[]]);
});

test.each([
  ["seconds", () => tooManyRequests("40"), 40_000],
  ["an HTTP date", () => tooManyRequests(new Date(Date.now() + 50_000).toUTCString()), 50_000],
  [
    "an HTTP date of a server whose clock is a day ahead",
    () => tooManyRequests("Wed, 02 Sep 2026 08:01:00 GMT", { Date: "Wed, 02 Sep 2026 08:00:00 GMT" }),
    60_000,
  ],
  ["an HTTP date in the past", () => tooManyRequests("Tue, 01 Sep 2020 08:00:00 GMT"), 2000],
  ["an unreadable value", () => tooManyRequests("soon"), 2000],
])("waits the right time after a Retry-After with %s", async (_, answer, wait) => {
  vi.setSystemTime("2026-09-01T08:00:00Z");
  const server = new FakeServer();
  server.answerInTurn(answer, () => jobAnswer());
  watch(server, { pollInterval: 100 });
  await pass(wait);
  expect(server.gaps).toEqual([wait]);
});

test("neither a visible page nor a restored network polls before Retry-After has passed", async () => {
  const server = new FakeServer();
  server.answerInTurn(
    () => tooManyRequests("40"),
    () => jobAnswer(),
  );
  watch(server);
  await pass(10_000);
  hidePage();
  await pass(10_000);
  showPage();
  goOnline();
  await pass(19_999);
  expect(server.count).toBe(1);
  await pass(1);
  expect(server.count).toBe(2);
});

test("a change of the computer's clock does not change a wait", async () => {
  const server = new FakeServer();
  server.answerInTurn(
    () => tooManyRequests("40"),
    () => jobAnswer(),
  );
  watch(server);
  await pass(0);
  vi.setSystemTime("2020-01-01T00:00:00Z");
  hidePage();
  showPage();
  await pass(39_999);
  expect(server.count).toBe(1);
  await pass(1);
  expect(server.count).toBe(2);
});

test("a Retry-After of many years does not cause an immediate poll", async () => {
  const server = new FakeServer();
  server.answer = () => tooManyRequests("99999999999");
  watch(server);
  await pass(3_600_000);
  expect(server.count).toBe(1);
});

test("polls immediately when the network is back", async () => {
  const server = new FakeServer();
  server.answer = networkFailure;
  watch(server);
  await pass(2000 + 4000 + 8000);
  server.answer = () => jobAnswer();
  goOnline();
  await pass(0);
  expect(server.count).toBe(5);
});

test("does not stop polling while the browser is offline", async () => {
  const server = new FakeServer();
  const onComplete = vi.fn();
  const onError = vi.fn();
  server.answer = networkFailure;
  goOffline();
  watch(server, { onComplete, onError });
  await pass(600_000);
  // The network needs a moment after `online`. Its first requests still fail.
  goOnline();
  await pass(2000);
  server.answer = () => jsonAnswer(completed());
  await pass(10_000);
  expect(onError).not.toHaveBeenCalled();
  expect(onComplete).toHaveBeenCalledTimes(1);
});

test("a request without an answer is aborted after 30 s and counts as a failure", async () => {
  const server = new FakeServer();
  server.answer = () => new Promise(() => {});
  const onError = vi.fn();
  watch(server, { onError });
  await pass(29_999);
  expect(server.last.signal.aborted).toBe(false);
  await pass(1);
  expect(server.last.signal.aborted).toBe(true);
  await pass(2000);
  expect(server.count).toBe(2);
  await pass(600_000);
  expect(server.count).toBe(6);
  expect(onError.mock.calls).toEqual([["The service does not answer."]]);
});
