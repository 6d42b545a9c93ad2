import { expect, test, vi } from "vitest";
import { JobPoller, type Reading } from "../src/poller.js";
import { aJob, completed } from "./fake-server.js";
import { pass, runOnTestClock } from "./page.js";

runOnTestClock();

/** A poller whose requests the test answers, by their number. */
function aPoller() {
  const answers: ((reading: Reading) => void)[] = [];
  const port = {
    read: vi.fn(() => new Promise<Reading>((resolve) => answers.push(resolve))),
    pollInterval: () => undefined,
    onEnd: vi.fn(),
    onGiveUp: vi.fn(),
  };
  const answer = (request: number, job = aJob()) => answers[request]?.({ job, etag: null, retryAfterMs: null });
  return { poller: new JobPoller(port), port, answer };
}

const listener = () => {};

test("stopped and started again at once, it asks again at once", async () => {
  const { poller, port } = aPoller();
  const stop = poller.subscribe(listener);
  await pass(0);
  stop();
  poller.subscribe(listener);
  await pass(0);
  expect(port.read).toHaveBeenCalledTimes(2);
});

test("an answer at the very moment of the stop is ignored", async () => {
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

test("it polls as long as one of its listeners is left, and tells each of them", async () => {
  const { poller, port, answer } = aPoller();
  const [first, second] = [vi.fn(), vi.fn()];
  const stopFirst = poller.subscribe(first);
  const stopSecond = poller.subscribe(second);
  await pass(0);
  answer(0);
  await pass(0);
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 1]);
  stopFirst();
  await pass(1000);
  expect(port.read).toHaveBeenCalledTimes(2);
  stopSecond();
  await pass(60_000);
  expect(port.read).toHaveBeenCalledTimes(2);
});

test("once it has ended, nothing starts it again or ends it twice", async () => {
  const { poller, port, answer } = aPoller();
  const stop = poller.subscribe(listener);
  await pass(0);
  answer(0, completed());
  await pass(0);
  poller.accept(completed());
  poller.resume();
  stop();
  poller.subscribe(listener);
  await pass(60_000);
  expect(port.read).toHaveBeenCalledTimes(1);
  expect(port.onEnd).toHaveBeenCalledTimes(1);
});
