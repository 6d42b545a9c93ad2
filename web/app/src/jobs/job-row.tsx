import { Anchor, Text } from "@mantine/core";
import type { Job } from "@report-builder/jobs";
import { Link } from "react-router";
import { count, dateTime, dollars, duration, humanize } from "../components/format";
import { attemptsText, busyText } from "./attempts";
import { tokensOf } from "./days";
import { DocumentLink } from "./document-link";
import { JobActions } from "./job-actions";
import { JobStatusBadge } from "./job-status";
import { runMs, waitMs } from "./job-times";
import classes from "./jobs.module.css";
import type { DocumentName } from "./use-document-names";
import { type Subject, titleOf, useSubject } from "./use-subject";
import { OFFLINE_WRITER } from "./writer";

interface JobRowProps {
  job: Job;
  document: DocumentName;
  /** Current time in milliseconds since 1970. The times of a running job count up to it. */
  now: number;
}

/** A row of the job table. On a phone the row becomes a card, and `data-label` names its cells. */
export function JobRow({ job, document, now }: JobRowProps) {
  const subject = useSubject(job, document);
  const run = runMs(job, now);
  const busy = busyText(job);
  return (
    <tr className={classes.row}>
      <td data-label="Status">
        <JobStatusBadge job={job} decision={subject.decision} />
        {busy && (
          <Text size="xs" mt={4} className={classes.error}>
            {busy}
          </Text>
        )}
        {job.error && job.statusReason !== "CANCELLED" && (
          <Text size="xs" c="dimmed" mt={4} className={classes.error}>
            {job.error}
          </Text>
        )}
      </td>
      <td data-label="Job">
        <About job={job} document={document} subject={subject} />
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
        {costOf(job)}
      </td>
      <td data-label="Attempts" className={classes.number}>
        {attemptsText(job) ?? "–"}
      </td>
      <td className={classes.actions}>
        <JobActions job={job} />
      </td>
    </tr>
  );
}

function costOf({ usage, result }: Job): string {
  if (result?.model === OFFLINE_WRITER) return "free";
  return usage?.costMicroUsd ? dollars(usage.costMicroUsd) : "–";
}

/** What the job is about, with a link to its page, and its document. */
function About({ job, document, subject }: { job: Job; document: DocumentName; subject: Subject }) {
  const title = titleOf(job, subject);
  return (
    <>
      <Anchor component={Link} to={`/jobs/${job.jobId}`} size="sm" fw={600}>
        {title}
      </Anchor>
      <Text size="sm">
        {humanize(job.type)} ·{" "}
        <DocumentLink job={job} document={document} section={subject.section === title ? undefined : subject.section} />
      </Text>
    </>
  );
}
