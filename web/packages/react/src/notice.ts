import type { Job, JobType } from "./types.js";

/** Something to tell the user, once. */
export interface Notice {
  kind: "success" | "error";
  title: string;
  message: string;
  /** The job that it is about; absent if it was never seen. */
  job?: Job;
}

/** Shows a notice to the user. */
export type Notify = (notice: Notice) => void;

interface Words {
  ready: string;
  done: string;
  failed: string;
}

const WORDS: Readonly<Record<JobType, Words>> = {
  GENERATE: { ready: "Draft ready", done: "The block has its new text.", failed: "Drafting failed" },
  REFINE: { ready: "Refined text ready", done: "The block has its new text.", failed: "Refining failed" },
  ANALYZE: { ready: "Analysis ready", done: "Its insights are there to read.", failed: "Analysis failed" },
};
/** For services that leave the type out, or know more of them. */
const OTHER_WORDS: Words = { ready: "Job ready", done: "It has done its work.", failed: "Job failed" };

/** The notice of a job that has ended. */
export function endNotice(job: Job): Notice {
  const { ready, done, failed } = WORDS[job.type] ?? OTHER_WORDS;
  if (job.status === "FAILED") return { kind: "error", title: failed, message: failureOf(job), job };
  switch (job.statusReason) {
    case "NOT_APPLIED":
      return {
        kind: "success",
        title: `${ready}, not applied`,
        message: "The block was edited meanwhile. The edit stands, and the new text is kept with the job.",
        job,
      };
    case "TRUNCATED":
      return {
        kind: "success",
        title: `${ready}, but cut short`,
        message: "It reached the length limit before its end.",
        job,
      };
    default:
      return { kind: "success", title: ready, message: done, job };
  }
}

/** The notice that a job is not followed any more, though it may go on. */
export function givenUpNotice(message: string, job: Job | undefined): Notice {
  return { kind: "error", title: "Lost track of the job", message, ...(job && { job }) };
}

/** Why a job has failed, for the user. */
export function failureOf(job: Job): string {
  return job.error || "The job failed.";
}
