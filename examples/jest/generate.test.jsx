const { createClient, JobsProvider, useJob } = require("@report-builder/jobs");
const { fireEvent, render, screen } = require("@testing-library/react");

function Generate() {
  const { start, isActive, job } = useJob({ documentId: "d1", blockId: "b1" });
  return (
    <button type="button" disabled={isActive} onClick={() => start({ type: "GENERATE" })}>
      {job?.status ?? "Generate"}
    </button>
  );
}

/** Replaces the service: nothing is in flight, and a job ends at once. */
async function service(request) {
  if (request.url.includes("?")) return Response.json({ jobs: [], nextCursor: null });
  return Response.json({ jobId: "j1", status: request.method === "POST" ? "PENDING" : "COMPLETED" });
}

test("generates a block", async () => {
  const client = createClient({ fetch: service });
  const notify = jest.fn();
  render(
    <JobsProvider client={client} notify={notify}>
      <Generate />
    </JobsProvider>,
  );
  fireEvent.click(screen.getByText("Generate"));
  await screen.findByText("COMPLETED");
  expect(notify).toHaveBeenCalledWith(expect.objectContaining({ kind: "success" }));
});
