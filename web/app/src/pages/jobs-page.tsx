import { EmptyState, MultiSelect, Skeleton } from "@mantine/core";
import type { JobStatus, JobType } from "@report-builder/jobs";
import { IconClockPlay } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { type JobFilters, useJobs } from "../api/jobs";
import { humanize } from "../components/format";
import { ListState } from "../components/list-state";
import { PageHeader } from "../components/page-header";
import { Budget } from "../jobs/budget";
import { sumsByDay } from "../jobs/days";
import { JobTable } from "../jobs/job-table";
import classes from "../jobs/jobs.module.css";
import { CrashBoundary } from "../layout/crash-boundary";

const UsageCharts = lazy(() => import("../jobs/usage-charts"));

const STATUSES: readonly JobStatus[] = ["PENDING", "PROCESSING", "COMPLETED", "FAILED"];
const TYPES: readonly JobType[] = ["GENERATE", "REFINE", "ANALYZE"];

export default function JobsPage() {
  const [status, setStatus] = useState<JobStatus[]>([]);
  const [type, setType] = useState<JobType[]>([]);
  const filters: JobFilters = { ...(status.length > 0 && { status }), ...(type.length > 0 && { type }) };
  const jobs = useJobs(filters);
  const days = sumsByDay(jobs.items);
  return (
    <>
      <PageHeader title="Jobs" description="Texts that were written in the background, with their time and cost." />
      <Budget />
      {days.length > 0 && (
        <CrashBoundary of="part">
          <Suspense fallback={<Skeleton height={230} mb="lg" />}>
            <UsageCharts days={days} jobCount={jobs.items.length} />
          </Suspense>
        </CrashBoundary>
      )}
      <div className={classes.filters}>
        <MultiSelect
          label="Status"
          placeholder={status.length === 0 ? "Any status" : ""}
          data={STATUSES.map((value) => ({ value, label: humanize(value) }))}
          value={status}
          onChange={(chosen) => setStatus(STATUSES.filter((value) => chosen.includes(value)))}
          clearable
          clearButtonProps={{ "aria-label": "Any status" }}
        />
        <MultiSelect
          label="Type"
          placeholder={type.length === 0 ? "Any type" : ""}
          data={TYPES.map((value) => ({ value, label: humanize(value) }))}
          value={type}
          onChange={(chosen) => setType(TYPES.filter((value) => chosen.includes(value)))}
          clearable
          clearButtonProps={{ "aria-label": "Any type" }}
        />
      </div>
      <ListState
        list={jobs}
        empty={
          <EmptyState
            icon={<IconClockPlay size={40} stroke={1.3} />}
            py="xl"
            title="No jobs here"
            description="Jobs appear as soon as you generate, refine or analyze something in a document."
          />
        }
      >
        <JobTable jobs={jobs.items} />
      </ListState>
    </>
  );
}
