import { Badge, Loader } from "@mantine/core";
import type { Job, JobStatus } from "@report-builder/jobs";
import { words } from "../components/format";

const COLORS: Record<JobStatus, string> = { PENDING: "gray", PROCESSING: "blue", COMPLETED: "pine", FAILED: "red" };

/** How a job stands, and why: “Failed · timed out”. */
export function JobStatusBadge({ job }: { job: Pick<Job, "status" | "statusReason"> }) {
  const isCancelled = job.statusReason === "CANCELLED";
  const label = isCancelled
    ? "Cancelled"
    : [words(job.status), job.statusReason && words(job.statusReason).toLowerCase()].filter(Boolean).join(" · ");
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
