import type { Block, BlockPatch, Job } from "@report-builder/jobs";

/** What became of a proposal. */
export type Decision = "TAKEN" | "DECLINED" | "OUTDATED";

/** What the user has decided about the text of a job, in any browser. Null for a proposal that waits. */
export function decisionOf({ metadata }: Pick<Block, "metadata">, jobId: string): Decision | null {
  const { jobId: writer, decidedJobId: declined } = metadata;
  if (writer === jobId) return "TAKEN";
  if (declined === jobId) return "DECLINED";
  // Ids sort by the time of creation.
  const isOlderThan = (other: unknown) => typeof other === "string" && jobId < other;
  return isOlderThan(writer) || isOlderThan(declined) ? "OUTDATED" : null;
}

/** Whether the text of a job was written beside the text of its block. */
export function isProposal({ status, statusReason }: Pick<Job, "status" | "statusReason">): boolean {
  return status === "COMPLETED" && (statusReason === "PROPOSED" || statusReason === "NOT_APPLIED");
}

export function declined(jobId: string): BlockPatch {
  return { metadata: { decidedJobId: jobId } };
}

/** Whether the user has closed the message about a job. */
export function isDismissed({ metadata }: Pick<Block, "metadata">, jobId: string): boolean {
  return metadata.dismissedJobId === jobId;
}

export function dismissed(jobId: string): BlockPatch {
  return { metadata: { dismissedJobId: jobId } };
}
