import type { Block, Job } from "@report-builder/jobs";

type EndedJob = Pick<Job, "jobId" | "blockId" | "statusReason">;

/**
 * The jobs whose text waits for a decision of the user. Such a job is the newest of its block and was not applied,
 * because the block was edited while the job ran. A later edit is not a decision, because the user may have typed
 * without seeing the text.
 *
 * @param jobs completed jobs that write blocks, newest first.
 * @param decided ids of jobs whose text the user has accepted or rejected.
 */
export function selectUnapplied<Ended extends EndedJob>(
  jobs: readonly Ended[],
  blocks: readonly Pick<Block, "id">[],
  decided: readonly string[],
): Ended[] {
  return blocks.flatMap((block) => {
    const newest = jobs.find((job) => job.blockId === block.id);
    return newest?.statusReason === "NOT_APPLIED" && !decided.includes(newest.jobId) ? [newest] : [];
  });
}
