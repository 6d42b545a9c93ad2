import { Anchor, Button, Group, Text } from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { hasEnded, type Job } from "@report-builder/jobs";
import { Link } from "react-router";
import { useCancelJob, useRetryJob } from "../api/jobs";
import { count, dateTime, dollars, duration, humanize } from "../components/format";
import { ProblemAlert } from "../components/problem-alert";
import { tokensOf } from "./days";
import { JobStatusBadge } from "./job-status";
import { runMs, waitMs } from "./job-times";
import classes from "./jobs.module.css";
import type { DocumentName } from "./use-document-names";
import { useSubject } from "./use-subject";

interface JobRowProps {
  job: Job;
  document: DocumentName;
  /** Current time in milliseconds since 1970. The times of a running job count up to it. */
  now: number;
}

/** A row of the job table. On a phone the row becomes a card, and `data-label` names its cells. */
export function JobRow({ job, document, now }: JobRowProps) {
  const run = runMs(job, now);
  return (
    <tr className={classes.row}>
      <td data-label="Status">
        <JobStatusBadge job={job} />
        {job.error && job.statusReason !== "CANCELLED" && (
          <Text size="xs" c="dimmed" mt={4} className={classes.error}>
            {job.error}
          </Text>
        )}
      </td>
      <td data-label="Job">
        <Subject job={job} document={document} />
        <Text size="xs" c="dimmed">
          {dateTime(job.createdAt)}
        </Text>
      </td>
      <td data-label="Wait" className={classes.number}>
        {duration(waitMs(job, now))}
      </td>
      <td data-label="Run" className={classes.number}>
        {run === null ? "–" : duration(run)}
      </td>
      <td data-label="Tokens" className={classes.number}>
        {job.usage ? count(tokensOf(job.usage)) : "–"}
      </td>
      <td data-label="Cost" className={classes.number}>
        {job.usage?.costMicroUsd ? dollars(job.usage.costMicroUsd) : "–"}
      </td>
      <td data-label="Attempts" className={classes.number}>
        {attemptsOf(job)}
      </td>
      <td className={classes.actions}>
        <Actions job={job} />
      </td>
    </tr>
  );
}

/** An attempt calls Claude more than once if it must, so the count of attempts would not fit “failed several times”. */
function attemptsOf({ statusReason, attempt, maxAttempts }: Job): string {
  return statusReason === "RETRIES_EXHAUSTED" ? "None left" : `${attempt} of ${maxAttempts}`;
}

/** What the job is about, and its document. */
function Subject({ job, document }: { job: Job; document: DocumentName }) {
  const { ref, inViewport } = useInViewport<HTMLDivElement>();
  const subject = useSubject(job, inViewport && !document.isGone);
  const place = document.isGone ? "Deleted document" : (document.name ?? "Document");
  const to = `/documents/${job.documentId}${job.blockId ? `#${job.blockId}` : ""}`;
  return (
    <div ref={ref}>
      {document.isGone ? (
        <Text size="sm" fw={600}>
          {subject}
        </Text>
      ) : (
        <Anchor component={Link} to={to} size="sm" fw={600}>
          {subject}
        </Anchor>
      )}
      <Text size="sm">
        {humanize(job.type)} · {place}
      </Text>
    </div>
  );
}

function Actions({ job }: { job: Job }) {
  const cancel = useCancelJob();
  const retry = useRetryJob();
  return (
    <>
      <Group gap={4} justify="flex-end">
        {!hasEnded(job) && (
          <Button
            size="compact-sm"
            variant="default"
            loading={cancel.isPending}
            onClick={() => cancel.mutate(job.jobId)}
          >
            Cancel
          </Button>
        )}
        {job.status === "FAILED" && (
          <Button size="compact-sm" variant="default" loading={retry.isPending} onClick={() => retry.mutate(job.jobId)}>
            Retry
          </Button>
        )}
      </Group>
      <ProblemAlert error={cancel.error ?? retry.error} />
    </>
  );
}
