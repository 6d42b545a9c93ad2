import { Button, Group, Progress, Text } from "@mantine/core";
import type { JobPolling } from "@report-builder/jobs";
import { IconPlayerStop } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { ProblemAlert } from "../components/problem-alert";
import { Markdown } from "../markdown/markdown";
import classes from "./job-progress.module.css";

const PHASES: Record<string, string> = {
  QUEUED: "Waiting for its turn",
  GATHERING: "Reading your evidence",
  THINKING: "Thinking",
  GENERATING: "Writing",
  SAVING: "Saving",
};

interface JobProgressProps {
  job: Pick<JobPolling, "progress" | "partialText" | "cancel">;
  headingLevel: 2 | 3;
}

/** Phase, percent and partial text of an active job. Screen readers announce only a new phase. */
export function JobProgress({ job, headingLevel }: JobProgressProps) {
  const { progress, partialText } = job;
  const cancelling = useMutation({ mutationFn: job.cancel });
  const phase = PHASES[progress?.phase ?? "QUEUED"] ?? "Working";
  const percent = progress?.percent ?? 0;
  return (
    <div className={classes.panel}>
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <div className={classes.message}>
          <Text size="sm" fw={600} role="status">
            {phase}
          </Text>
          {progress && progress.message !== phase && (
            <Text size="xs" c="dimmed">
              {progress.message}
            </Text>
          )}
        </div>
        <Group gap="sm" wrap="nowrap">
          <Text size="sm" c="dimmed" className={classes.percent}>
            {percent} %
          </Text>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlayerStop size={14} />}
            loading={cancelling.isPending}
            onClick={() => cancelling.mutate()}
          >
            Cancel
          </Button>
        </Group>
      </Group>
      <Progress value={percent} size="sm" mt="xs" aria-label="Progress of the job" />
      <ProblemAlert error={cancelling.error} title="The job cannot be cancelled" />
      {partialText && (
        <div className={classes.text} data-testid="partial-text">
          <Markdown text={partialText} headingLevel={headingLevel} />
        </div>
      )}
    </div>
  );
}
