import { ApiError, type NewJob } from "@report-builder/jobs";
import { startJob } from "../../api/jobs";

export interface StartedJob {
  jobId: string;
  /** True if the job was already active, because another tab or device has started it. */
  joined: boolean;
}

/** Starts a job. If another job already writes the block, returns that job. */
export async function startOrJoin(job: NewJob): Promise<StartedJob> {
  try {
    const started = await startJob(job);
    return { jobId: started.jobId, joined: "deduplicated" in started && started.deduplicated };
  } catch (error) {
    const existing = error instanceof ApiError ? error.problem?.existingJobId : null;
    if (existing) return { jobId: existing, joined: true };
    throw error;
  }
}
