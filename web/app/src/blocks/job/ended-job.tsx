import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { ProblemAlert } from "../../components/problem-alert";
import type { BlockJob } from "./use-block-job";

/** A message about a job that failed, or whose text is cut or too long. Nothing for a cancelled or successful job. */
export function EndedJob({ job: { job, retry, dismiss } }: { job: BlockJob }) {
  const retrying = useMutation({ mutationFn: () => retry() });
  if (job === null || job.statusReason === "CANCELLED") return null;
  if (job.status === "FAILED") {
    return (
      <Alert mt="md" color="red" icon={<IconAlertTriangle size={20} />} title="The job failed">
        <Text size="sm">{job.error}</Text>
        <ProblemAlert error={retrying.error} />
        <Group gap="xs" mt="xs">
          <Button size="compact-sm" variant="default" loading={retrying.isPending} onClick={() => retrying.mutate()}>
            Retry
          </Button>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={dismiss}>
            Dismiss
          </Button>
        </Group>
      </Alert>
    );
  }
  if (job.statusReason === "TRUNCATED") {
    return (
      <Alert
        mt="md"
        color="yellow"
        title="The text ends early"
        withCloseButton
        closeButtonLabel="Dismiss"
        onClose={dismiss}
      >
        The model reached its limit of tokens. Refine the text, or ask for less in the prompt.
      </Alert>
    );
  }
  if (job.statusReason === "TOO_LONG") {
    return (
      <Alert
        mt="md"
        color="yellow"
        title="The text is too long"
        withCloseButton
        closeButtonLabel="Dismiss"
        onClose={dismiss}
      >
        It has more characters than this section allows. Refine the text, or shorten it yourself.
      </Alert>
    );
  }
  return null;
}
