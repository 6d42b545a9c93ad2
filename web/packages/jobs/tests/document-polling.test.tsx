import { act } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import type { Job } from "../src/index.js";
import { blocksOf, FakeDocument, follow } from "./fake-document.js";
import { jsonAnswer, networkFailure, problemAnswer } from "./fake-server.js";
import { goOffline, hidePage, pass, runOnTestClock, showPage } from "./page.js";

runOnTestClock();

const fiftyBlocks = Array.from({ length: 50 }, (_, index) => `block ${index}`);

test("50 jobs need one request per interval, one at a time, and one more for each ended job", async () => {
  const document = new FakeDocument();
  const onJobEnd = vi.fn();
  const { result } = follow(document, { onJobEnd });
  await pass(0);
  await act(() => result.current.start({ blockIds: fiftyBlocks }));
  await pass(60_000);
  expect(document.server.count).toBe(2 + 60);

  document.server.latencyMs = 5;
  for (const job of document.inFlight) document.complete(job);
  await pass(60_000);
  expect(document.server.count).toBe(2 + 60 + 1 + 50);
  expect(document.server.mostAtOnce).toBe(1);
  expect(onJobEnd).toHaveBeenCalledTimes(50);
});

test.each<[string, Partial<Job>[], Record<string, string>, number | undefined, number]>([
  ["the shortest pollAfterMs", [{ pollAfterMs: 5000 }, { pollAfterMs: 3000 }], {}, undefined, 3000],
  ["Retry-After, if it is longer", [{ pollAfterMs: 1000 }], { "Retry-After": "4" }, undefined, 4000],
  ["2 s, if the service sets no interval", [{ pollAfterMs: null }], {}, undefined, 2000],
  ["2 s, if the value is invalid", [{ pollAfterMs: -5 }], {}, undefined, 2000],
  ["that of the caller", [{ pollAfterMs: 1000 }], { "Retry-After": "4" }, 700, 700],
])("the interval is %s", async (_, fields, headers, pollInterval, interval) => {
  const document = new FakeDocument();
  const jobs = fields.map((each, index) => document.add(`block ${index}`, each));
  document.server.answer = () => jsonAnswer({ jobs, nextCursor: null }, headers);
  follow(document, { pollInterval });
  await pass(2 * interval);
  expect(document.server.gaps).toEqual([interval, interval]);
});

test("reads all pages of the list before it takes a job as missing", async () => {
  const document = new FakeDocument();
  const [a, b] = [document.add("a"), document.add("b")];
  document.server.answer = ({ path }) =>
    path.includes("cursor=next")
      ? jsonAnswer({ jobs: [a], nextCursor: null })
      : jsonAnswer({ jobs: [b], nextCursor: "next" });
  const view = follow(document);
  await pass(1000);
  expect(document.requests).toEqual(["GET jobs?", "GET jobs?", "GET jobs?", "GET jobs?"]);
  expect(document.server.mostAtOnce).toBe(1);
  expect(blocksOf(view)).toEqual(["a PROCESSING", "b PROCESSING"]);
});

test("a list without a change renders nothing", async () => {
  const document = new FakeDocument();
  document.add("a");
  const { result } = follow(document);
  await pass(0);
  const before = result.current;
  await pass(3000);
  expect(document.server.count).toBe(4);
  expect(result.current).toBe(before);
});

test("a job that is missing in the list but still in flight is followed on", async () => {
  const document = new FakeDocument();
  const job = document.add("a");
  const { result } = follow(document);
  await pass(0);
  const { answer } = document.server;
  document.server.answer = (received) =>
    received.path.includes("?") ? jsonAnswer({ jobs: [], nextCursor: null }) : answer(received);
  await pass(1000);
  await pass(10);
  expect(document.requests).toEqual(["GET jobs?", "GET jobs?", `GET jobs/${job.jobId}`]);
  expect(result.current.isActive).toBe(true);
  document.server.answer = answer;
  await pass(1000);
  expect(document.server.count).toBe(4);
});

test("a job that does not exist any more is not followed any more", async () => {
  const document = new FakeDocument();
  document.add("a");
  const b = document.add("b");
  const [onJobEnd, onEnd] = [vi.fn(), vi.fn()];
  const view = follow(document, { onJobEnd, onEnd });
  await pass(0);
  document.jobs.shift();
  await pass(1000);
  await pass(10);
  expect(blocksOf(view)).toEqual(["b PROCESSING"]);
  expect(view.result.current.isActive).toBe(true);
  const ended = document.complete(b);
  await pass(600_000);
  expect(onJobEnd.mock.calls).toEqual([[ended]]);
  expect(onEnd.mock.calls).toEqual([[[ended]]]);
});

test("an ended job does not come back with an older list", async () => {
  const document = new FakeDocument();
  const [a, b] = [document.add("a"), document.add("b")];
  const stale = [...document.inFlight].reverse();
  const onJobEnd = vi.fn();
  const view = follow(document, { onJobEnd });
  await pass(0);
  document.complete(a);
  await pass(1000);
  await pass(10);
  const { answer } = document.server;
  const staleList = () => jsonAnswer({ jobs: stale, nextCursor: null });
  document.server.answer = staleList;
  await pass(3000);
  expect(blocksOf(view)).toEqual(["a COMPLETED", "b PROCESSING"]);
  document.server.answer = answer;
  document.complete(b);
  await pass(10_000);
  document.server.answer = staleList;
  act(showPage);
  await pass(10);
  expect(blocksOf(view)).toEqual(["a COMPLETED", "b COMPLETED"]);
  expect(view.result.current.isActive).toBe(false);
  expect(onJobEnd).toHaveBeenCalledTimes(2);
});

test("a missing job that a start has replaced is not read", async () => {
  const document = new FakeDocument();
  const [a, b] = [document.add("a"), document.add("b")];
  const { result } = follow(document);
  await pass(0);
  document.complete(a);
  document.complete(b);
  const { answer } = document.server;
  document.server.answer = async (received) => {
    if (!received.path.includes("?") && received.method === "GET") await new Promise((done) => setTimeout(done, 500));
    return answer(received);
  };
  await pass(1200);
  await act(() => result.current.start({ blockIds: ["b"] }));
  await pass(2000);
  expect(document.requests.slice(2)).toEqual([
    `GET jobs/${a.jobId}`,
    "POST d/jobs",
    `GET jobs/${a.jobId}`,
    "GET jobs?",
  ]);
});

test("an ended job does not come back with the late answer of its start", async () => {
  const document = new FakeDocument();
  document.add("a");
  const onJobEnd = vi.fn();
  const view = follow(document, { onJobEnd });
  await pass(0);
  const { answer } = document.server;
  document.server.answer = async (received) => {
    const reply = await answer(received);
    if (received.method === "POST") await new Promise((resolve) => setTimeout(resolve, 5000));
    return reply;
  };
  const starting = view.result.current.start({ blockIds: ["b"] });
  await pass(1500);
  const b = document.inFlight[1];
  if (b) document.complete(b);
  await pass(2000);
  expect(blocksOf(view)).toEqual(["a PROCESSING", "b COMPLETED"]);
  await pass(2000);
  await starting;
  await pass(1000);
  expect(blocksOf(view)).toEqual(["a PROCESSING", "b COMPLETED"]);
  expect(onJobEnd).toHaveBeenCalledTimes(1);
});

test("an older job of a block does not replace the newer one", async () => {
  const document = new FakeDocument();
  const older = document.add("a");
  const newer = document.add("a", { status: "PENDING" });
  const view = follow(document);
  await pass(0);
  expect(view.result.current.jobs).toEqual([newer]);
  document.server.answer = ({ path }) => jsonAnswer(path.includes("?") ? { jobs: [older], nextCursor: null } : newer);
  await pass(1010);
  expect(view.result.current.jobs).toEqual([newer]);
});

test("sends no request while the page is hidden, and lists immediately when it is visible again", async () => {
  const document = new FakeDocument();
  document.add("a");
  follow(document);
  await pass(500);
  hidePage();
  await pass(60_000);
  expect(document.server.count).toBe(1);
  showPage();
  await pass(0);
  expect(document.server.count).toBe(2);
});

test("retries 5 consecutive failures with backoff, reports the 6th once, and resume follows on", async () => {
  const document = new FakeDocument();
  const jobs = [document.add("a"), document.add("b")];
  const [onEnd, notify] = [vi.fn(), vi.fn()];
  const { result } = follow(document, { onEnd, notify });
  await pass(0);
  const { answer } = document.server;
  document.server.answer = networkFailure;
  await pass(600_000);
  expect(document.server.gaps).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000]);
  const message = "The service cannot be reached.";
  expect(notify.mock.calls).toEqual([[{ kind: "error", title: "Lost track of the jobs", message, jobs }]]);
  expect(result.current).toMatchObject({ isActive: false, jobs, error: { status: 0 }, counts: { active: 2 } });
  expect(onEnd).not.toHaveBeenCalled();

  showPage();
  await pass(10_000);
  expect(document.server.count).toBe(7);

  act(() => result.current.resume());
  expect(result.current).toMatchObject({ isActive: true, error: null });
  await pass(600_000);
  expect(document.server.count).toBe(13);
  expect(notify).toHaveBeenCalledTimes(2);

  document.server.answer = answer;
  for (const job of jobs) document.complete(job);
  act(() => result.current.resume());
  await pass(600_000);
  expect(onEnd).toHaveBeenCalledTimes(1);
  expect(result.current).toMatchObject({ isActive: false, error: null });
});

test("a start after following has stopped follows all jobs again, and a second stop shows one more notice", async () => {
  const document = new FakeDocument();
  document.add("a");
  const notify = vi.fn();
  const view = follow(document, { notify });
  await pass(0);
  const { answer } = document.server;
  document.server.answer = () => problemAnswer(401, "UNAUTHORIZED", "Sign in.");
  await pass(1000);
  expect(view.result.current).toMatchObject({ isActive: false, error: { status: 401 } });
  document.server.answer = answer;
  await act(() => view.result.current.start({ blockIds: ["b"] }));
  expect(view.result.current).toMatchObject({ isActive: true, error: null });
  await pass(1000);
  expect(document.requests.at(-1)).toBe("GET jobs?");
  expect(blocksOf(view)).toEqual(["a PROCESSING", "b PENDING"]);
  document.server.answer = () => problemAnswer(401, "UNAUTHORIZED", "Sign in.");
  await pass(1000);
  expect(notify).toHaveBeenCalledTimes(2);
});

test("resume does nothing while jobs are followed, and after their end", async () => {
  const document = new FakeDocument();
  const job = document.add("a");
  const { result } = follow(document);
  await pass(0);
  act(() => result.current.resume());
  await pass(999);
  expect(document.server.count).toBe(1);
  document.complete(job);
  await pass(600_000);
  act(() => result.current.resume());
  await pass(600_000);
  expect(document.server.count).toBe(3);
});

test("a look-up that fails shows no notice, and is repeated when the user returns to the page", async () => {
  const document = new FakeDocument();
  document.add("a");
  const { answer } = document.server;
  document.server.answer = () => problemAnswer(403, "FORBIDDEN", "No access.");
  const notify = vi.fn();
  const { result } = follow(document, { notify });
  await pass(2000);
  expect(result.current).toMatchObject({ isLoading: false, isActive: false, error: { status: 403 } });
  expect(document.server.count).toBe(1);
  document.server.answer = answer;
  act(showPage);
  await pass(0);
  expect(result.current).toMatchObject({ isActive: true, error: null });
  expect(notify).not.toHaveBeenCalled();
});

test("Retry-After of a failed list is a lower limit, and an offline browser does not stop following", async () => {
  const document = new FakeDocument();
  document.add("a");
  const { result } = follow(document);
  await pass(0);
  document.server.answer = () => problemAnswer(429, "TOO_MANY_REQUESTS", "Slow down.", { "Retry-After": "40" });
  await pass(1000);
  document.server.answer = networkFailure;
  goOffline();
  showPage();
  await pass(39_999);
  expect(document.server.count).toBe(2);
  await pass(600_000);
  expect(result.current.isActive).toBe(true);
});
