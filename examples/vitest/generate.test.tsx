import { createClient, JobsProvider, type Notice, useJob } from "@report-builder/jobs";
import { fireEvent, render, screen } from "@testing-library/react";
import { expect, test } from "vitest";

function Generate() {
  const { start, isActive, job } = useJob({ documentId: "d1", blockId: "b1" });
  return (
    <button type="button" disabled={isActive} onClick={() => start({ type: "GENERATE" })}>
      {job?.status ?? "Generate"}
    </button>
  );
}

/** Replaces the service: nothing is in flight, and a job ends at once. */
async function service(request: Request): Promise<Response> {
  if (request.url.includes("?")) return Response.json({ jobs: [], nextCursor: null });
  return Response.json({ jobId: "j1", status: request.method === "POST" ? "PENDING" : "COMPLETED" });
}

test("generates a block", async () => {
  const client = createClient({ fetch: service });
  const notices: Notice[] = [];
  render(
    <JobsProvider client={client} notify={(notice) => notices.push(notice)}>
      <Generate />
    </JobsProvider>,
  );
  fireEvent.click(screen.getByText("Generate"));
  await screen.findByText("COMPLETED");
  expect(notices).toMatchObject([{ kind: "success" }]);
});
