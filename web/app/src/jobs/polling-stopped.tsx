import { Alert, Button, Text } from "@mantine/core";
import { hasEnded, type JobPolling } from "@report-builder/jobs";

/** True if polling of the job has stopped before the job has ended. The job may still run. */
export function isPollingStopped(jobId: string | null | undefined, { job, isActive }: JobPolling): boolean {
  return Boolean(jobId) && !isActive && (job === null || !hasEnded(job));
}

/** Shown when polling has stopped, with a button to resume it. */
export function PollingStopped({ onResume }: { onResume: () => void }) {
  return (
    <Alert mt="md" color="yellow" title="Lost track of the job">
      <Text size="sm">It may still be under way. What it writes is kept.</Text>
      <Button size="compact-sm" variant="default" mt="xs" onClick={onResume}>
        Look again
      </Button>
    </Alert>
  );
}
