// @vitest-environment node
import { renderToString } from "react-dom/server";
import { expect, test } from "vitest";
import { JobsProvider, useActiveJob, useDocumentJobs, useJobPolling } from "../src/index.js";
import { FakeServer } from "./fake-server.js";

function Page() {
  const { isActive } = useJobPolling({ jobId: "1", onComplete: () => {} });
  const { isLoading } = useActiveJob({ documentId: "d1", blockId: "b1" });
  const document = useDocumentJobs({ documentId: "d1" });
  return <p>{isActive && isLoading && document.isLoading ? "Loading" : "Idle"}</p>;
}

test("on a server, the hooks render as loading and send no request", () => {
  const server = new FakeServer();
  const html = renderToString(
    <JobsProvider client={server.client}>
      <Page />
    </JobsProvider>,
  );
  expect(html).toBe("<p>Loading</p>");
  expect(server.count).toBe(0);
});
