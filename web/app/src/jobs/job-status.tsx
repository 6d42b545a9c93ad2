import { Badge, Loader } from "@mantine/core";
import type { Job, JobStatus } from "@report-builder/jobs";
import { type Decision, isProposal } from "../blocks/job/decided";
import { humanize } from "../components/format";

const COLORS: Record<JobStatus, string> = { PENDING: "gray", PROCESSING: "blue", COMPLETED: "pine", FAILED: "red" };

const DECISIONS: Record<Decision, string> = { TAKEN: "accepted", DECLINED: "declined", OUTDATED: "outdated" };

interface JobStatusBadgeProps {
  job: Pick<Job, "status" | "statusReason">;
  /** What became of its proposal. */
  decision: Decision | null;
}

/** The status of a job with its reason, such as “Failed · timed out”. */
export function JobStatusBadge({ job, decision }: JobStatusBadgeProps) {
  const isCancelled = job.statusReason === "CANCELLED";
  const reason = decision && isProposal(job) ? DECISIONS[decision] : job.statusReason && humanize(job.statusReason);
  const label = isCancelled ? "Cancelled" : [humanize(job.status), reason?.toLowerCase()].filter(Boolean).join(" · ");
  return (
    <Badge
      variant="light"
      color={isCancelled ? "gray" : COLORS[job.status]}
      tt="none"
      fw={500}
      // Never cut off, also in a narrow column.
      miw="max-content"
      leftSection={job.status === "PROCESSING" && <Loader size={10} aria-hidden />}
    >
      {label}
    </Badge>
  );
}
