import { VisuallyHidden } from "@mantine/core";
import { hasEnded, type Job } from "@report-builder/jobs";
import { JobRow } from "./job-row";
import classes from "./jobs.module.css";
import { useDocumentNames } from "./use-document-names";
import { useNow } from "./use-now";

export function JobTable({ jobs }: { jobs: readonly Job[] }) {
  const now = useNow(!jobs.every(hasEnded));
  const documentOf = useDocumentNames(jobs.map(({ documentId }) => documentId));
  return (
    <table className={classes.table}>
      <VisuallyHidden component="caption">Jobs, newest first</VisuallyHidden>
      <thead>
        <tr>
          <th scope="col">Status</th>
          <th scope="col">Job</th>
          <th scope="col" className={classes.number}>
            Wait
          </th>
          <th scope="col" className={classes.number}>
            Run
          </th>
          <th scope="col" className={classes.number}>
            Tokens
          </th>
          <th scope="col" className={classes.number}>
            Cost
          </th>
          <th scope="col" className={classes.number}>
            Attempts
          </th>
          <th scope="col">
            <VisuallyHidden>Actions</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <JobRow key={job.id} job={job} document={documentOf(job.documentId)} now={now} />
        ))}
      </tbody>
    </table>
  );
}
