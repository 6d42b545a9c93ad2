import { Button, Group, Text } from "@mantine/core";
import type { JobPolling, Phase } from "@report-builder/jobs";
import { IconPlayerStop } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { pluralize } from "../components/format";
import { ProblemAlert } from "../components/problem-alert";
import { Markdown } from "../markdown/markdown";
import { attemptsText, busyText, isLaterAttempt } from "./attempts";
import { JobNews } from "./job-news";
import classes from "./job-progress.module.css";

const PHASES: Record<Phase, string> = {
  QUEUED: "Waiting for its turn",
  GATHERING: "Reading your evidence",
  THINKING: "Thinking",
  GENERATING: "Writing",
  SAVING: "Saving",
};
/** The steps in their order. A job that waits has not begun. */
const STEPS: readonly Phase[] = ["GATHERING", "THINKING", "GENERATING", "SAVING"];

interface JobProgressProps {
  job: Pick<JobPolling, "job" | "progress" | "partialText" | "cancel">;
  headingLevel: 2 | 3;
}

/** Phase and partial text of an active job. Screen readers announce only a new phase. */
export function JobProgress({ job, headingLevel }: JobProgressProps) {
  const { progress, partialText } = job;
  const cancelling = useMutation({ mutationFn: job.cancel });
  const phase = progress?.phase ?? "QUEUED";
  const isAskedAgain = phase === "QUEUED" && (job.job?.attempt ?? 0) > 0;
  const title = isAskedAgain ? "The next try starts soon" : (PHASES[phase] ?? "Working");
  const details = [
    progress && progress.message !== title && progress.message,
    job.job && busyText(job.job),
    job.job && isLaterAttempt(job.job) && `attempt ${attemptsText(job.job)}`,
    partialText && `${pluralize(partialText.trim().split(/\s+/).length, "word")} so far`,
  ].filter(Boolean);
  return (
    <div className={classes.panel} data-no-print>
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <div className={classes.message}>
          <Text size="sm" fw={600} role="status">
            {title}
          </Text>
          {details.length > 0 && (
            <Text size="xs" c="dimmed" className={classes.details}>
              {details.join(" · ")}
            </Text>
          )}
          <JobNews job={job.job} />
        </div>
        <Button
          size="compact-sm"
          variant="default"
          className={classes.cancel ?? ""}
          leftSection={<IconPlayerStop size={14} />}
          loading={cancelling.isPending}
          onClick={() => cancelling.mutate()}
        >
          Cancel
        </Button>
      </Group>
      <div className={classes.steps} aria-hidden>
        {STEPS.map((step, index) => (
          <span key={step} data-state={stateOf(index, STEPS.indexOf(phase))} />
        ))}
      </div>
      <ProblemAlert error={cancelling.error} title="The job cannot be cancelled" />
      {partialText && (
        <div className={classes.text} data-testid="partial-text">
          <Markdown text={partialText} headingLevel={headingLevel} />
        </div>
      )}
    </div>
  );
}

function stateOf(step: number, current: number): "done" | "now" | "later" {
  if (step === current) return "now";
  return step < current ? "done" : "later";
}
