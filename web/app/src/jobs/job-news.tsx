import { Text } from "@mantine/core";
import { useNetwork } from "@mantine/hooks";
import type { Job } from "@report-builder/jobs";
import { hasEnded } from "@report-builder/jobs";
import { useIsSilent } from "./use-is-silent";

/** Why nothing is heard of a job that has not ended, or nothing. */
export function JobNews({ job }: { job: Job | null }) {
  const { online } = useNetwork();
  const isSilent = useIsSilent(job);
  if (online ? !isSilent : job !== null && hasEnded(job)) return null;
  return (
    <Text size="xs" role="status">
      {online
        ? "No news of this job for a while. If its attempt was interrupted, the next one starts by itself."
        : "No connection. The job goes on, and this page catches up."}
    </Text>
  );
}
