import { Button, MantineProvider } from "@mantine/core";
import { Notifications, notifications } from "@mantine/notifications";
import { act, fireEvent, render, screen } from "@testing-library/react";
import { type ReactNode, useState } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError, unwrap, useJobsClient } from "../src/index.js";
import { useDocumentJobs, useJobPolling } from "../src/mantine.js";
import { FakeDocument } from "./fake-document.js";
import {
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

runOnTestClock();

/** A page of an app that polled jobs before this package existed. Only its import of `useJobPolling` has changed. */
function ExistingPage() {
  const [jobId, setJobId] = useState<string | null>(null);
  useJobPolling({ jobId, onComplete: () => setJobId(null) });

  const handleGenerate = async () => {
    const response = await fetch("/api/report-builder/jobs", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ type: "GENERATE", documentId: "d1", blockId: "b1" }),
    });
    const job: { jobId: string } = await response.json();
    setJobId(job.jobId);
  };

  return (
    <Button onClick={handleGenerate} loading={jobId !== null}>
      Generate
    </Button>
  );
}

/** The page of the first README example. */
function NewPage() {
  const client = useJobsClient();
  const [jobId, setJobId] = useState<string | null>(null);
  const { isActive, resume } = useJobPolling({ jobId, onComplete: reload });

  const generate = async () => {
    try {
      const body = { type: "GENERATE" as const, documentId: "d1", blockId: "b1" };
      const job = await unwrap(client.POST("/api/report-builder/jobs", { body }));
      setJobId(job.jobId);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const existingJobId = error.code === "BLOCK_BUSY" && error.problem?.existingJobId;
      if (existingJobId) {
        setJobId(existingJobId);
        resume(); // Polling of this job may have stopped before.
      } else {
        notifications.show({ title: "Drafting could not start", message: error.message, color: "red" });
      }
    }
  };

  return (
    <Button onClick={generate} loading={isActive}>
      Generate
    </Button>
  );
}

/** The page of the README example about a whole document. */
function DraftAllButton({ documentId, reload }: { documentId: string; reload: () => void }) {
  const { counts, isActive, start, cancel } = useDocumentJobs({ documentId, onJobEnd: reload });

  const draftAll = async () => {
    try {
      await start();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      notifications.show({ title: "Drafting could not start", message: error.message, color: "red" });
    }
  };

  if (!isActive) return <Button onClick={draftAll}>Draft all sections</Button>;
  return (
    <Button onClick={cancel}>
      Cancel ({counts.total - counts.active} of {counts.total})
    </Button>
  );
}

const reload = vi.fn();
let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
  vi.stubGlobal("fetch", (input: string | Request, init?: RequestInit) => server.fetch(new Request(input, init)));
});

afterEach(() => {
  notifications.clean();
  reload.mockClear();
});

function open(page: ReactNode) {
  render(
    <MantineProvider env="test">
      <Notifications />
      {page}
    </MantineProvider>,
  );
}

async function generate() {
  await act(async () => {
    fireEvent.click(screen.getByRole("button", { name: "Generate" }));
  });
  await pass(0);
}

const notices = () => screen.queryAllByRole("alert").map(({ textContent }) => textContent);

const isLoading = () => screen.getByRole("button", { name: "Generate" }).hasAttribute("data-loading");

test("an existing page shows a loading button until the job ends, and then one notification", async () => {
  const jobId = newJobId();
  server.answerInTurn(
    () => jobAnswer({ jobId, status: "PENDING" }, {}, 202),
    () => jobAnswer({ jobId }),
    () => jsonAnswer(completed({ jobId })),
  );
  open(<ExistingPage />);
  await generate();
  expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /api/report-builder/jobs",
    `GET /api/report-builder/jobs/${jobId}`,
  ]);
  expect(isLoading()).toBe(true);
  expect(notices()).toEqual([]);

  await pass(1000);
  expect(isLoading()).toBe(false);
  expect(notices()).toEqual(["Draft readyThe block has its new text."]);
});

test("an existing page shows the error of a failed job and stops loading", async () => {
  const jobId = newJobId();
  server.answerInTurn(
    () => jobAnswer({ jobId, status: "PENDING" }, {}, 202),
    () => jsonAnswer(failed({ jobId, error: "No Anthropic API key configured" })),
  );
  open(<ExistingPage />);
  await generate();
  expect(isLoading()).toBe(false);
  expect(notices()).toEqual(["Drafting failedNo Anthropic API key configured"]);
});

const busy = (existingJobId: string) =>
  problemAnswer(409, "BLOCK_BUSY", "Another job is in progress on this block.", {}, { existingJobId });

test("a new page polls the existing job if the block is busy", async () => {
  const jobId = newJobId();
  server.answerInTurn(
    () => busy(jobId),
    () => jobAnswer({ jobId }),
    () => jsonAnswer(completed({ jobId })),
  );
  open(<NewPage />);
  await generate();
  expect(server.last.path).toBe(`/api/report-builder/jobs/${jobId}`);
  expect(isLoading()).toBe(true);

  await pass(1000);
  expect(isLoading()).toBe(false);
  expect(notices()).toEqual(["Draft readyThe block has its new text."]);
  expect(reload.mock.calls).toEqual([[]]);
});

test("a new page resumes polling of a job after polling has stopped", async () => {
  const jobId = newJobId();
  server.answerInTurn(
    () => jobAnswer({ jobId, status: "PENDING" }, {}, 202),
    () => problemAnswer(401, "UNAUTHORIZED", "Sign in again."),
    () => busy(jobId),
    () => jsonAnswer(completed({ jobId })),
  );
  open(<NewPage />);
  await generate();
  expect(isLoading()).toBe(false);
  expect(notices()).toEqual(["Lost track of the jobSign in again."]);
  await generate();
  expect(isLoading()).toBe(false);
  expect(notices()).toContain("Draft readyThe block has its new text.");
});

test.each([
  ["no existing job", () => problemAnswer(409, "DOCUMENT_FULL", "The document is full."), "The document is full."],
  [
    "too many active jobs",
    () => problemAnswer(429, "TOO_MANY_ACTIVE_JOBS", "Wait until a job ends."),
    "Wait until a job ends.",
  ],
  ["a network failure", networkFailure, "The service cannot be reached."],
])("a new page shows why a job could not start, and stops loading: %s", async (_, answer, message) => {
  server.answer = answer;
  open(<NewPage />);
  await generate();
  await pass(1000);
  expect(server.count).toBe(1);
  expect(isLoading()).toBe(false);
  expect(notices()).toEqual([`Drafting could not start${message}`]);
});

test("a page drafts a whole document, shows how far it is, and then one notification", async () => {
  const document = new FakeDocument();
  server = document.server;
  const { answer } = server;
  server.answer = (received) => {
    const isStart = received.method === "POST";
    return answer(isStart ? { ...received, body: '{"blockIds":["a","b"]}' } : received);
  };
  open(<DraftAllButton documentId={document.id} reload={reload} />);
  await pass(0);
  await act(async () => {
    fireEvent.click(screen.getByRole("button", { name: "Draft all sections" }));
  });
  expect(screen.getByRole("button").textContent).toBe("Cancel (0 of 2)");
  for (const job of document.inFlight) {
    document.complete(job);
    await pass(2000);
  }
  expect(screen.getByRole("button", { name: "Draft all sections" })).toBeTruthy();
  expect(notices()).toEqual(["2 sections draftedThe document has its new texts."]);
  expect(reload).toHaveBeenCalledTimes(2);
});

test("a page shows why a whole document could not be drafted", async () => {
  server.answer = ({ method }) =>
    method === "POST"
      ? problemAnswer(429, "BUDGET_EXCEEDED", "The budget is spent.")
      : jsonAnswer({ jobs: [], nextCursor: null });
  open(<DraftAllButton documentId={newJobId()} reload={reload} />);
  await pass(0);
  await act(async () => {
    fireEvent.click(screen.getByRole("button", { name: "Draft all sections" }));
  });
  await pass(0);
  expect(notices()).toEqual(["Drafting could not startThe budget is spent."]);
});
