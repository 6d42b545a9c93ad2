import { type Block, type Job, unwrap } from "@report-builder/jobs/client";
import { service } from "./service";

/** The jobs whose text still waits beside the text of its block, because the block has not changed since. */
export async function waitingJobs(documentId: string, blocks: Block[]): Promise<Job[]> {
  const query = {
    documentId,
    type: ["GENERATE" as const, "REFINE" as const],
    status: ["COMPLETED" as const],
    limit: 100,
  };
  const { jobs } = await unwrap(service.GET("/api/report-builder/jobs", { params: { query } }));
  const waiting = blocks.flatMap((block) => {
    const newest = jobs.find(({ blockId }) => blockId === block.id);
    const isUnapplied = newest?.statusReason === "PROPOSED" || newest?.statusReason === "NOT_APPLIED";
    return isUnapplied && Date.parse(newest.completedAt ?? "") > Date.parse(block.updatedAt) ? [newest] : [];
  });
  // The list leaves out the texts.
  const read = ({ jobId }: Job) =>
    unwrap(service.GET("/api/report-builder/jobs/{jobId}", { params: { path: { jobId } } }));
  return Promise.all(waiting.map(read));
}
