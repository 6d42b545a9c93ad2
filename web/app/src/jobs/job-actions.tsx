import { Button, Group } from "@mantine/core";
import { hasEnded, type Job } from "@report-builder/jobs";
import { useCancelJob, useRetryJob } from "../api/jobs";
import { ProblemAlert } from "../components/problem-alert";

interface JobActionsProps {
  job: Job;
  onRetried?: (newJob: Job) => void;
  size?: "compact-sm" | "sm";
}

/** Cancels a running job, and retries a failed one as a new job. */
export function JobActions({ job, onRetried, size = "compact-sm" }: JobActionsProps) {
  const cancel = useCancelJob();
  const retry = useRetryJob();
  return (
    <>
      <Group gap={4} justify="flex-end">
        {!hasEnded(job) && (
          <Button size={size} variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(job.jobId)}>
            Cancel
          </Button>
        )}
        {job.status === "FAILED" && (
          <Button
            size={size}
            variant="default"
            loading={retry.isPending}
            onClick={() => retry.mutate(job.jobId, { onSuccess: (newJob) => onRetried?.(newJob) })}
          >
            Retry
          </Button>
        )}
      </Group>
      <ProblemAlert error={cancel.error ?? retry.error} />
    </>
  );
}
