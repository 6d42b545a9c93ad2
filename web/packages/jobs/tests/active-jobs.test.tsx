import { act, renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { useActiveJobs, useDocumentJobs, useJob } from "../src/index.js";
import { aJob, FakeServer, jsonAnswer, newJobId, problemAnswer } from "./fake-server.js";
import { focusPage, hidePage, pass, runOnTestClock } from "./page.js";

runOnTestClock();

const page = (...blocks: string[]) =>
  jsonAnswer({ jobs: blocks.map((blockId) => aJob({ jobId: newJobId(), blockId })), nextCursor: null });

function find(server: FakeServer, documentId: string | null = "d1") {
  return renderHook(() => useActiveJobs({ documentId, client: server.client }));
}

test("one request tells about all blocks, until no job is in flight", async () => {
  const server = new FakeServer();
  server.answerInTurn(
    () => page("b2", "b1"),
    () => page("b2"),
    () => page(),
  );
  const { result } = find(server);
  expect(result.current).toMatchObject({ jobs: [], isLoading: true });
  await pass(0);
  expect(server.last.path).toBe(
    "/api/report-builder/jobs?documentId=d1&type=GENERATE,REFINE&status=PENDING,PROCESSING&include=progress&limit=100",
  );
  expect(result.current.jobs.map(({ blockId }) => blockId)).toEqual(["b1", "b2"]);
  expect(result.current.jobOf("b1")).toMatchObject({ blockId: "b1" });
  await pass(1000);
  expect(result.current.jobOf("b1")).toBeNull();
  await pass(1000);
  expect(result.current.jobs).toEqual([]);
  await pass(60_000);
  expect(server.gaps).toEqual([1000, 1000]);
});

test("looks again when the user returns, at most once in 2 s, and not in a hidden tab", async () => {
  const server = new FakeServer();
  server.answer = () => page();
  find(server);
  await pass(1999);
  focusPage();
  await pass(0);
  expect(server.count).toBe(1);
  await pass(1);
  focusPage();
  await pass(0);
  expect(server.count).toBe(2);
  hidePage();
  await pass(60_000);
  expect(server.count).toBe(2);
});

test("shows a job at once that this page has started", async () => {
  const server = new FakeServer();
  const job = aJob({ jobId: newJobId(), documentId: "d1", blockId: "b1" });
  let hasJob = false;
  server.answer = ({ method, path }) => {
    hasJob ||= method === "POST";
    return jsonAnswer(path.includes("?") ? { jobs: hasJob ? [job] : [], nextCursor: null } : job);
  };
  const { result } = renderHook(() => ({
    all: useActiveJobs({ documentId: "d1", client: server.client }),
    one: useJob({ documentId: "d1", blockId: "b1", client: server.client }),
  }));
  await pass(0);
  expect(result.current.all.jobs).toEqual([]);
  await act(async () => void (await result.current.one.start({ type: "GENERATE" })));
  await pass(0);
  expect(result.current.all.jobOf("b1")).toMatchObject({ jobId: job.jobId });
});

test("shares its requests with useDocumentJobs", async () => {
  const server = new FakeServer();
  server.answer = () => page("b1");
  renderHook(() => {
    useActiveJobs({ documentId: "d1", client: server.client });
    useDocumentJobs({ documentId: "d1", client: server.client });
  });
  await pass(0);
  expect(server.count).toBe(1);
});

test("an error stops it without a notice, and resume lists again", async () => {
  const server = new FakeServer();
  server.answerInTurn(
    () => problemAnswer(401, "UNAUTHORIZED", "A token is missing."),
    () => page("b1"),
  );
  const { result } = find(server);
  await pass(60_000);
  expect(result.current).toMatchObject({ jobs: [], isLoading: false, error: { status: 401 } });
  expect(server.count).toBe(1);
  act(() => result.current.resume());
  await pass(0);
  expect(result.current).toMatchObject({ jobs: [{ blockId: "b1" }], error: null });
});

test("without a document it sends no request", async () => {
  const server = new FakeServer();
  const { result } = find(server, null);
  await pass(60_000);
  expect(server.count).toBe(0);
  expect(result.current).toMatchObject({ jobs: [], isLoading: false });
  expect(vi.getTimerCount()).toBe(0);
});
