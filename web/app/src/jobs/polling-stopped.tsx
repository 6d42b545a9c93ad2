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
      <Text size="sm">The job may still be in progress. The service saves its result.</Text>
      <Button size="compact-sm" variant="default" mt="xs" onClick={onResume}>
        Check again
      </Button>
    </Alert>
  );
}
