import { render, screen } from "@testing-library/react";
import { Toaster, toast } from "sonner";
import { afterEach, expect, test } from "vitest";
import type { Job } from "../src/index.js";
import { useJobPolling } from "../src/sonner.js";
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

test.each<[string, Job, string]>([
  ["success", completed(), "Draft readyThe block has its new text."],
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
