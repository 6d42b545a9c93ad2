import { hasEnded, type Job } from "@report-builder/jobs";

/** The jobs of a block that the page tells about. */
export interface JobsOfBlock {
  /** The job that writes the block now. */
  activeId: string | null;
  /** The newest job that has ended. */
  ended: Job | null;
  /** The newest job that has a text. A job that failed or was cancelled after it does not replace it. */
  completed: Job | null;
}

type Listed = Pick<Job, "jobId" | "blockId" | "status">;

/**
 * @param followed jobs of the document that are or were in flight.
 * @param ended ended jobs of the document, newest first.
 */
export function jobsOfBlock<Ended extends Listed>(
  blockId: string,
  followed: readonly Listed[],
  ended: readonly Ended[],
) {
  const ofBlock = ended.filter((job) => job.blockId === blockId);
  return {
    activeId: followed.find((job) => job.blockId === blockId && !hasEnded(job))?.jobId ?? null,
    ended: ofBlock[0] ?? null,
    completed: ofBlock.find(({ status }) => status === "COMPLETED") ?? null,
  };
}
