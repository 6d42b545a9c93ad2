import type { Block, Job } from "@report-builder/jobs";

type EndedJob = Pick<Job, "jobId" | "blockId" | "statusReason">;

/**
 * The jobs whose text still waits for a decision: the newest of their block, and not applied because the block was
 * edited while they ran. Later edits do not settle it: the reader may have gone on typing without seeing the text.
 *
 * @param jobs completed jobs that write blocks, newest first.
 * @param decided ids of jobs whose text the reader has taken or turned down.
 */
export function unappliedDrafts<Ended extends EndedJob>(
  jobs: readonly Ended[],
  blocks: readonly Pick<Block, "id">[],
  decided: readonly string[],
): Ended[] {
  return blocks.flatMap((block) => {
    const newest = jobs.find((job) => job.blockId === block.id);
    return newest?.statusReason === "NOT_APPLIED" && !decided.includes(newest.jobId) ? [newest] : [];
  });
}
