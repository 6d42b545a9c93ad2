import { Anchor, Progress, Skeleton, Stack, Text, Title } from "@mantine/core";
import { ApiError, type Job } from "@report-builder/jobs";
import { IconArrowLeft } from "@tabler/icons-react";
import { Link, useNavigate, useParams } from "react-router";
import { useJob } from "../api/jobs";
import type { Decision } from "../blocks/job/decided";
import { humanize } from "../components/format";
import { PageHeader } from "../components/page-header";
import { ProblemAlert } from "../components/problem-alert";
import { adviceFor } from "../jobs/advice";
import { busyText } from "../jobs/attempts";
import { DocumentLink } from "../jobs/document-link";
import { JobActions } from "../jobs/job-actions";
import { JobDetails } from "../jobs/job-details";
import { JobNews } from "../jobs/job-news";
import classes from "../jobs/job-page.module.css";
import { JobStatusBadge } from "../jobs/job-status";
import { JobSteps } from "../jobs/job-steps";
import { JobText } from "../jobs/job-text";
import { useDocumentNames } from "../jobs/use-document-names";
import { titleOf, useSubject } from "../jobs/use-subject";

/** One job: what it was about, how it went, and what it took. */
export default function JobPage() {
  const { jobId = "" } = useParams();
  const { data: job, error, refetch } = useJob(jobId);
  const isGone = error instanceof ApiError && error.status === 404;
  return (
    <div className={classes.page}>
      <Anchor component={Link} to="/jobs" size="sm" c="dimmed" className={classes.back}>
        <IconArrowLeft size={15} aria-hidden /> Jobs
      </Anchor>
      {!job && error && <PageHeader title="Job" />}
      {isGone ? (
        <Text>There is no such job. Jobs are kept for 90 days after their end.</Text>
      ) : (
        <ProblemAlert error={error} title="The job cannot be read" onRetry={refetch} />
      )}
      {!job && !error && (
        <Stack aria-busy="true" aria-label="Loading">
          <Skeleton height={36} width="60%" />
          <Skeleton height={140} />
        </Stack>
      )}
      {job && <JobView job={job} />}
    </div>
  );
}

function JobView({ job }: { job: Job }) {
  const navigate = useNavigate();
  const document = useDocumentNames([job.documentId])(job.documentId);
  const subject = useSubject(job, document);
  const { asked } = subject;
  return (
    <>
      <PageHeader
        title={titleOf(job, subject)}
        description={
          <>
            {humanize(job.type)} · <DocumentLink job={job} document={document} section={subject.section} />
          </>
        }
      >
        <JobActions job={job} size="sm" onRetried={({ jobId }) => navigate(`/jobs/${jobId}`)} />
      </PageHeader>
      <Stack gap="xl">
        <JobState job={job} decision={subject.decision} />
        {asked && (
          <section>
            <Title order={2} size="h4" mb="xs">
              Prompt
            </Title>
            <p className={classes.prompt}>{asked}</p>
          </section>
        )}
        <JobText job={job} decision={subject.decision} />
        <section>
          <Title order={2} size="h4" mb="sm">
            How it went
          </Title>
          <JobSteps job={job} />
        </section>
        <section>
          <Title order={2} size="h4" mb="sm">
            What it took
          </Title>
          <JobDetails job={job} />
        </section>
        {job.retryOf && (
          <Text size="sm">
            This job repeats{" "}
            <Anchor component={Link} to={`/jobs/${job.retryOf}`} inherit>
              a job that failed
            </Anchor>
            .
          </Text>
        )}
      </Stack>
    </>
  );
}

/** The status of a job with its reason, and what to do. Screen readers hear a change. */
function JobState({ job, decision }: { job: Job; decision: Decision | null }) {
  const advice = adviceFor(job, decision);
  const message = busyText(job) ?? job.progress?.message;
  return (
    <div>
      <div role="status">
        <JobStatusBadge job={job} decision={decision} />
        {message && (
          <Text size="sm" mt="xs">
            {message}
          </Text>
        )}
        {job.error && job.statusReason !== "CANCELLED" && (
          <Text size="sm" mt="xs">
            {job.error}
          </Text>
        )}
        {advice && (
          <Text size="sm" mt={4}>
            {advice}
          </Text>
        )}
      </div>
      <JobNews job={job} />
      {job.status === "PROCESSING" && (
        <Progress value={job.progress?.percent ?? 0} size="sm" mt="sm" aria-label="Progress of the job" />
      )}
    </div>
  );
}
