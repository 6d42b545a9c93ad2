import { expect, test, vi } from "vitest";
import { JobPoller, type PollResult } from "../src/job-poller.js";
import { aJob, completed } from "./fake-server.js";
import { pass, runOnTestClock } from "./page.js";

runOnTestClock();

/** A poller and a function that answers its requests, which are counted from 0. */
function aPoller() {
  const answers: ((result: PollResult) => void)[] = [];
  const options = {
    read: vi.fn(() => new Promise<PollResult>((resolve) => answers.push(resolve))),
    pollInterval: () => undefined,
    onEnd: vi.fn(),
    onPollingStopped: vi.fn(),
  };
  const answer = (request: number, job = aJob()) => answers[request]?.({ job, etag: null, retryAfterMs: null });
  return { poller: new JobPoller(options), options, answer };
}

const listener = () => {};

test("polls immediately after an unsubscribe and an immediate new subscribe", async () => {
  const { poller, options } = aPoller();
  const stop = poller.subscribe(listener);
  await pass(0);
  stop();
  poller.subscribe(listener);
  await pass(0);
  expect(options.read).toHaveBeenCalledTimes(2);
});

test("an answer that arrives at the moment of the unsubscribe is ignored", async () => {
  const { poller, answer } = aPoller();
  const stop = poller.subscribe(listener);
  await pass(0);
  answer(0);
  stop();
  poller.subscribe(listener);
  await pass(0);
  expect(poller.getState()).toEqual({ job: null, isActive: true });
  answer(1);
  await pass(0);
  expect(poller.getState().job).toEqual(aJob());
});

test("polls while there is a listener, and notifies every listener", async () => {
  const { poller, options, answer } = aPoller();
  const [first, second] = [vi.fn(), vi.fn()];
  const stopFirst = poller.subscribe(first);
  const stopSecond = poller.subscribe(second);
  await pass(0);
  answer(0);
  await pass(0);
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
  stopFirst();
  await pass(1000);
  expect(options.read).toHaveBeenCalledTimes(2);
  stopSecond();
  await pass(60_000);
  expect(options.read).toHaveBeenCalledTimes(2);
});

test("after the job has ended, nothing restarts polling or calls onEnd again", async () => {
  const { poller, options, answer } = aPoller();
  const stop = poller.subscribe(listener);
  await pass(0);
  answer(0, completed());
  await pass(0);
  poller.setJob(completed());
  poller.resume();
  stop();
  poller.subscribe(listener);
  await pass(60_000);
  expect(options.read).toHaveBeenCalledTimes(1);
  expect(options.onEnd).toHaveBeenCalledTimes(1);
});
