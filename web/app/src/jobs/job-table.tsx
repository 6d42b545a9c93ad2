import { VisuallyHidden } from "@mantine/core";
import { hasEnded, type Job } from "@report-builder/jobs";
import { useEffect, useState } from "react";
import { JobRow } from "./job-row";
import classes from "./jobs.module.css";
import { useDocumentNames } from "./use-document-names";

const SECOND_MS = 1000;

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

/** Current time in milliseconds since 1970. Updated each second while a job runs. */
function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (!isRunning) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}
