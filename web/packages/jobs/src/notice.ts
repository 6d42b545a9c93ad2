import type { Job, JobType } from "./types.js";

/** A message for the user. A page shows it once. */
export interface Notice {
  /** `warning`: a job is completed, and the user should look at its text. */
  kind: "success" | "warning" | "error";
  title: string;
  message: string;
  /** The job of the notice. Absent if the page never received the job, and in a notice about many jobs. */
  job?: Job;
  /** The jobs of a notice about many jobs. */
  jobs?: Job[];
}

export type Notify = (notice: Notice) => void;

interface Texts {
  ready: string;
  done: string;
  failed: string;
}

const TEXTS: Readonly<Record<JobType, Texts>> = {
  GENERATE: { ready: "Draft ready", done: "The block has its new text.", failed: "Drafting failed" },
  REFINE: { ready: "Refined text ready", done: "The block has its new text.", failed: "Refining failed" },
  ANALYZE: { ready: "Analysis ready", done: "You can read its insights now.", failed: "Analysis failed" },
};
/** For services that omit the type or have more types. */
const OTHER_TEXTS: Texts = { ready: "Job completed", done: "The job is done.", failed: "Job failed" };

/** The notice of a job that is COMPLETED or FAILED. */
export function endNotice(job: Job): Notice {
  const { ready, done, failed } = TEXTS[job.type] ?? OTHER_TEXTS;
  if (job.status === "FAILED") return { kind: "error", title: failed, message: failureMessage(job), job };
  switch (job.statusReason) {
    case "NOT_APPLIED":
      if (job.result?.notices.includes("TRUNCATED")) {
        return {
          kind: "warning",
          title: `${ready}, not applied`,
          message: "The new text reached the length limit and is incomplete. The block keeps its text.",
          job,
        };
      }
      return {
        kind: "warning",
        title: `${ready}, not applied`,
        message: "The block was edited meanwhile. The edit was not overwritten. The new text is saved in the job.",
        job,
      };
    case "PROPOSED":
      return {
        kind: "warning",
        title: `${ready}, as a proposal`,
        message: "Your own text is unchanged. You can compare the two and choose.",
        job,
      };
    case "TRUNCATED":
      return {
        kind: "warning",
        title: `${ready}, but cut short`,
        message: "The text reached the length limit and is incomplete.",
        job,
      };
    case "TOO_LONG":
      return {
        kind: "warning",
        title: `${ready}, but long`,
        message: "The text is longer than the block allows.",
        job,
      };
    default:
      return { kind: "success", title: ready, message: done, job };
  }
}

/** The notice that polling has stopped. The job itself may still run. */
export function pollingStoppedNotice(message: string, job: Job | undefined): Notice {
  return { kind: "error", title: "Lost track of the job", message, ...(job && { job }) };
}

/** The error of a FAILED job, for the user. */
export function failureMessage(job: Job): string {
  return job.error || "The job failed.";
}
