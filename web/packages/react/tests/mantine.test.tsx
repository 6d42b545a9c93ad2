import { Button, MantineProvider } from "@mantine/core";
import { Notifications, notifications } from "@mantine/notifications";
import { act, fireEvent, render, screen } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useJobPolling } from "../src/mantine.js";
import { completed, FakeServer, failed, jobAnswer, jsonAnswer, newJobId } from "./fake-server.js";
import { pass, runOnTestClock } from "./page.js";

runOnTestClock();

/** A page as it was before this package: it differs in the import of `useJobPolling` only. */
function GenerateButton() {
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

let server: FakeServer;

beforeEach(() => {
  server = new FakeServer();
  vi.stubGlobal("fetch", (input: string | Request, init?: RequestInit) => server.fetch(new Request(input, init)));
});

afterEach(() => {
  notifications.clean();
});

async function generate() {
  render(
    <MantineProvider env="test">
      <Notifications />
      <GenerateButton />
    </MantineProvider>,
  );
  await act(async () => {
    fireEvent.click(screen.getByRole("button", { name: "Generate" }));
  });
  await pass(0);
}

const isLoading = () => screen.getByRole("button", { name: "Generate" }).hasAttribute("data-loading");

test("a page of an existing app loads until the job is done, and shows one notification", async () => {
  const jobId = newJobId();
  server.answerInTurn(
    () => jobAnswer({ jobId, status: "PENDING" }, {}, 202),
    () => jobAnswer({ jobId }),
    () => jsonAnswer(completed({ jobId })),
  );
  await generate();
  expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /api/report-builder/jobs",
    `GET /api/report-builder/jobs/${jobId}`,
  ]);
  expect(isLoading()).toBe(true);
  expect(screen.queryByRole("alert")).toBeNull();

  await pass(1000);
  expect(isLoading()).toBe(false);
  expect(screen.getAllByRole("alert").map(({ textContent }) => textContent)).toEqual([
    "Draft readyThe block has its new text.",
  ]);
});

test("a page of an existing app shows why a job has failed, and is ready again", async () => {
  const jobId = newJobId();
  server.answerInTurn(
    () => jobAnswer({ jobId, status: "PENDING" }, {}, 202),
    () => jsonAnswer(failed({ jobId, error: "No Anthropic API key configured" })),
  );
  await generate();
  expect(isLoading()).toBe(false);
  expect(screen.getAllByRole("alert").map(({ textContent }) => textContent)).toEqual([
    "Drafting failedNo Anthropic API key configured",
  ]);
});
