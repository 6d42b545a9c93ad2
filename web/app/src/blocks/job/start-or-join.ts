import { ApiError, type Job } from "@report-builder/jobs";

export interface StartedJob {
  jobId: string;
  /** True if the job was already active, because another tab or device has started it. */
  joined: boolean;
}

/** Starts a job with `send`. If another job already writes the block, returns that job. */
export async function startOrJoin(send: () => Promise<Pick<Job, "jobId">>): Promise<StartedJob> {
  try {
    const started = await send();
    return { jobId: started.jobId, joined: "deduplicated" in started && started.deduplicated === true };
  } catch (error) {
    const existing = error instanceof ApiError ? error.problem?.existingJobId : null;
    if (existing) return { jobId: existing, joined: true };
    throw error;
  }
}
