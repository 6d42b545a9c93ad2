import { Alert, Button, Group, Text } from "@mantine/core";
import type { Block, Job } from "@report-builder/jobs";
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { idsOf, useChangeBlock } from "../../api/blocks";
import { dismissed, isDismissed } from "./decided";

interface EndedJobProps {
  block: Block;
  /** The newest ended job of the block. */
  job: Job;
  onRetry: () => void;
}

/** A message about a job that failed, or whose text is cut or too long. Nothing if that is not true any more. */
export default function EndedJob({ block, job, onRetry }: EndedJobProps) {
  const change = useChangeBlock(idsOf(block));
  if (change.isPending || isDismissed(block, job.jobId)) return null;
  const onDismiss = () => change.mutate({ patch: dismissed(job.jobId) });
  if (job.status === "FAILED") return <FailedJob block={block} job={job} onRetry={onRetry} onDismiss={onDismiss} />;
  const isStillItsText = block.metadata.jobId === job.jobId && block.contentBy === "AGENT";
  if (!isStillItsText) return null;
  if (job.statusReason === "TRUNCATED") {
    return (
      <Note title="The text ends early" onDismiss={onDismiss}>
        The model reached its limit of tokens. Refine the text, or ask for less in the prompt.
      </Note>
    );
  }
  if (job.statusReason === "TOO_LONG") {
    return (
      <Note title="The text is too long" onDismiss={onDismiss}>
        It has more characters than this section allows. Refine the text, or shorten it yourself.
      </Note>
    );
  }
  return null;
}

interface FailedJobProps extends EndedJobProps {
  onDismiss: () => void;
}

function FailedJob({ block, job, onRetry, onDismiss }: FailedJobProps) {
  if (job.statusReason === "CANCELLED" || job.statusReason === "SUPERSEDED") return null;
  const wasChangedSince = job.completedAt !== null && Date.parse(block.updatedAt) > Date.parse(job.completedAt);
  if (wasChangedSince) return null;
  const wasEdited = job.statusReason === "NOT_APPLIED";
  return (
    <Alert
      mt="md"
      color={wasEdited ? "yellow" : "red"}
      icon={<IconAlertTriangle size={20} />}
      title={wasEdited ? "You edited the text before the job could start" : "The job failed"}
    >
      <Text size="sm">
        {wasEdited
          ? "Nothing was written, and nothing is billed. If you try again, your text stays and the new one is proposed beside it."
          : job.error}
      </Text>
      <Group gap="xs" mt="xs">
        <Button size="compact-sm" variant="default" onClick={onRetry}>
          Try again
        </Button>
        <Button size="compact-sm" variant="subtle" color="gray" onClick={onDismiss}>
          Dismiss
        </Button>
      </Group>
    </Alert>
  );
}

function Note({ title, onDismiss, children }: { title: string; onDismiss: () => void; children: ReactNode }) {
  return (
    <Alert mt="md" color="yellow" title={title} withCloseButton closeButtonLabel="Dismiss" onClose={onDismiss}>
      {children}
    </Alert>
  );
}
