import { render, screen } from "@testing-library/react";
import { Toaster, toast } from "sonner";
import { afterEach, expect, test } from "vitest";
import type { Job } from "../src/index.js";
import { useDocumentJobs, useJobPolling } from "../src/sonner.js";
import { FakeDocument } from "./fake-document.js";
import { completed, FakeServer, failed, jsonAnswer, newJobId } from "./fake-server.js";
import { pass, runOnTestClock } from "./page.js";

runOnTestClock();

afterEach(() => {
  toast.dismiss();
});

function Page({ server, jobId }: { server: FakeServer; jobId: string }) {
  useJobPolling({ jobId, onComplete: () => {}, client: server.client });
  return <Toaster />;
}

function DocumentPage({ document }: { document: FakeDocument }) {
  useDocumentJobs({ documentId: document.id, client: document.server.client });
  return <Toaster />;
}

test.each<[string, Job, string]>([
  ["success", completed(), "Draft readyThe block has its new text."],
  [
    "warning",
    completed({ statusReason: "TRUNCATED" }),
    "Draft ready, but cut shortThe text reached the length limit and is incomplete.",
  ],
  ["error", failed(), "Drafting failedEvery attempt failed."],
])("a notice of kind %s is shown as a toast", async (kind, job, text) => {
  const server = new FakeServer();
  server.answer = () => jsonAnswer(job);
  render(<Page server={server} jobId={newJobId()} />);
  await pass(0);
  await pass(100);
  const toasts = screen.getAllByRole("listitem");
  expect(toasts.map((toast) => [toast.dataset.type, toast.textContent])).toEqual([[kind, text]]);
});

test("the notice of a document is shown as a toast", async () => {
  const document = new FakeDocument();
  const jobs = [document.add("a"), document.add("b")];
  render(<DocumentPage document={document} />);
  await pass(0);
  for (const job of jobs) document.complete(job);
  await pass(2000);
  await pass(100);
  const toasts = screen.getAllByRole("listitem");
  expect(toasts.map(({ textContent }) => textContent)).toEqual(["2 sections draftedThe document has its new texts."]);
});
