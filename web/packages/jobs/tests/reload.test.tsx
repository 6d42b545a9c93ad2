import { act, renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { type Job, useActiveJob, useDocumentJobs, useJob, useJobPolling } from "../src/index.js";
import { aJob, FakeServer, jsonAnswer, newJobId, problemAnswer } from "./fake-server.js";
import { pass, runOnTestClock } from "./page.js";

runOnTestClock();

/** A service with some jobs. Its list has those that are in flight. */
class Jobs extends FakeServer {
  readonly jobs = new Map<string, Job>();

  constructor(...jobs: Job[]) {
    super();
    for (const job of jobs) this.set(job);
    this.answer = ({ method, path }) => {
      if (path.includes("?")) return jsonAnswer({ jobs: this.inFlight, nextCursor: null });
      const job = method === "POST" ? this.inFlight[0] : this.jobs.get(path.split("/").at(-1) ?? "");
      return job ? jsonAnswer(job) : problemAnswer(404, "NOT_FOUND", "Job not found");
    };
  }

  set(job: Job): void {
    this.jobs.set(job.jobId, job);
  }

  get inFlight(): Job[] {
    return [...this.jobs.values()].filter(({ status }) => status === "PROCESSING");
  }
}

/** The same job, after it has ended. */
const endedAs = (status: "COMPLETED" | "FAILED", job: Job) =>
  ({ ...job, status, pollAfterMs: null, error: status === "FAILED" ? "Every attempt failed." : null }) satisfies Job;

/** Lets some answers arrive. Each renders the page, which then sends its next request. */
async function answers(): Promise<void> {
  for (let answer = 0; answer < 5; answer += 1) await pass(1);
}

/** Leaves the page for so long that no list of it is shared any more. */
async function leave(page: { unmount: () => void }): Promise<void> {
  page.unmount();
  await pass(5000);
}

const ids = (blockId: string) => ({ jobId: newJobId(), documentId: "d1", blockId });

test("useJob reports a job that has ended while the page was reloaded, once", async () => {
  const job = aJob(ids("b1"));
  const server = new Jobs(job);
  const [onComplete, notify] = [vi.fn(), vi.fn()];
  const page = () =>
    renderHook(() => useJob({ documentId: "d1", blockId: "b1", client: server.client, onComplete, notify }));

  const first = page();
  await act(async () => void (await first.result.current.start({ type: "GENERATE" })));
  await pass(1);
  await leave(first);
  server.set(endedAs("COMPLETED", job));
  const second = page();
  await answers();
  expect(notify.mock.calls).toMatchObject([[{ title: "Draft ready", job: { jobId: job.jobId } }]]);
  expect(onComplete).toHaveBeenCalledTimes(1);
  await leave(second);

  page();
  await answers();
  expect(notify).toHaveBeenCalledTimes(1);
  expect(onComplete).toHaveBeenCalledTimes(1);
});

test("useJobPolling with useActiveJob reports it, too", async () => {
  const job = aJob(ids("b1"));
  const server = new Jobs(job);
  const notify = vi.fn();
  const page = (jobId: string | null) =>
    renderHook(() => {
      const active = useActiveJob({ documentId: "d1", blockId: "b1", client: server.client });
      useJobPolling({ jobId: jobId ?? active.jobId, onComplete: () => {}, client: server.client, notify });
    });

  const first = page(job.jobId);
  await pass(1);
  await leave(first);
  server.set(endedAs("FAILED", job));
  page(null);
  await answers();
  expect(notify.mock.calls).toMatchObject([[{ title: "Drafting failed" }]]);
});

test("an analysis is found again under its storageKey, by default its document", async () => {
  const job = aJob({ jobId: newJobId(), documentId: "d1", blockId: null, type: "ANALYZE" });
  const server = new Jobs(job);
  const notify = vi.fn();
  const page = (storageKey?: string) =>
    renderHook(() => useJob({ documentId: "d1", storageKey, client: server.client, notify }));

  const first = page();
  await act(async () => void (await first.result.current.start({ type: "ANALYZE" })));
  await pass(1);
  await leave(first);
  server.set(endedAs("COMPLETED", job));
  const other = page("another name");
  await answers();
  expect(other.result.current.job).toBeNull();
  const second = page();
  await answers();
  expect(second.result.current.job).toMatchObject({ jobId: job.jobId, status: "COMPLETED" });
  expect(notify.mock.calls).toMatchObject([[{ title: "Analysis ready" }]]);
});

test("useDocumentJobs reports the jobs that have ended during the reload with one notice", async () => {
  const jobs = [aJob(ids("b1")), aJob(ids("b2")), aJob(ids("b3"))] as const;
  const server = new Jobs(...jobs);
  const [notify, onEnd] = [vi.fn(), vi.fn()];
  const page = () => renderHook(() => useDocumentJobs({ documentId: "d1", client: server.client, notify, onEnd }));

  const first = page();
  await pass(1);
  expect(first.result.current.counts.active).toBe(3);
  await leave(first);
  server.set(endedAs("COMPLETED", jobs[0]));
  server.set(endedAs("FAILED", jobs[1]));
  server.jobs.delete(jobs[2].jobId);
  const second = page();
  await answers();
  expect(notify.mock.calls).toMatchObject([[{ title: "1 of 2 sections drafted, 1 failed" }]]);
  expect(onEnd).toHaveBeenCalledTimes(1);
  await leave(second);

  page();
  await answers();
  expect(notify).toHaveBeenCalledTimes(1);
});

test("useDocumentJobs tells the ended jobs together with those that still run", async () => {
  const jobs = [aJob(ids("b1")), aJob(ids("b2"))] as const;
  const server = new Jobs(...jobs);
  const notify = vi.fn();
  const page = () => renderHook(() => useDocumentJobs({ documentId: "d1", client: server.client, notify }));

  const first = page();
  await pass(1);
  await leave(first);
  server.set(endedAs("COMPLETED", jobs[0]));
  const second = page();
  await answers();
  expect(second.result.current.counts).toEqual({ total: 2, active: 1, completed: 1, failed: 0 });
  expect(notify).not.toHaveBeenCalled();
  server.set(endedAs("COMPLETED", jobs[1]));
  await pass(10_000);
  expect(notify.mock.calls).toMatchObject([[{ title: "2 sections drafted" }]]);
});

test("a remembered job that was deleted shows no notice and is forgotten", async () => {
  const job = aJob(ids("b1"));
  const server = new Jobs(job);
  const notify = vi.fn();
  const page = () => renderHook(() => useJob({ documentId: "d1", blockId: "b1", client: server.client, notify }));
  const first = page();
  await answers();
  await leave(first);
  server.jobs.clear();
  const second = page();
  await answers();
  await leave(second);
  const before = server.count;
  page();
  await answers();
  expect(notify).not.toHaveBeenCalled();
  expect(server.count - before).toBe(1);
});

test("a browser that forbids the storage changes nothing else", async () => {
  vi.stubGlobal("sessionStorage", undefined);
  const job = aJob(ids("b1"));
  const server = new Jobs(endedAs("COMPLETED", job));
  const onComplete = vi.fn();
  renderHook(() => useJobPolling({ jobId: job.jobId, onComplete, client: server.client }));
  await pass(1);
  expect(onComplete).toHaveBeenCalledTimes(1);
  vi.unstubAllGlobals();
});
