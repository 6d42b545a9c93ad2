import { Badge, Loader } from "@mantine/core";
import type { Job, JobStatus } from "@report-builder/jobs";
import { humanize } from "../components/format";

const COLORS: Record<JobStatus, string> = { PENDING: "gray", PROCESSING: "blue", COMPLETED: "pine", FAILED: "red" };

/** The status of a job with its reason, such as “Failed · timed out”. */
export function JobStatusBadge({ job }: { job: Pick<Job, "status" | "statusReason"> }) {
  const isCancelled = job.statusReason === "CANCELLED";
  const label = isCancelled
    ? "Cancelled"
    : [humanize(job.status), job.statusReason && humanize(job.statusReason).toLowerCase()].filter(Boolean).join(" · ");
  return (
    <Badge
      variant="light"
      color={isCancelled ? "gray" : COLORS[job.status]}
      tt="none"
      fw={500}
      leftSection={job.status === "PROCESSING" && <Loader size={10} aria-hidden />}
    >
      {label}
    </Badge>
  );
}
