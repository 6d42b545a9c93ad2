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
  done: (job: Job) => string;
  failed: string;
}

/** A job with inline input writes no block. */
const textDone = ({ blockId }: Job) => (blockId === null ? "You can use its text now." : "The block has its new text.");

const TEXTS: Readonly<Record<JobType, Texts>> = {
  GENERATE: {
    ready: "Draft ready",
    done: textDone,
    failed: "Drafting failed",
  },
  REFINE: {
    ready: "Refined text ready",
    done: textDone,
    failed: "Refining failed",
  },
  ANALYZE: {
    ready: "Analysis ready",
    done: () => "You can read its insights now.",
    failed: "Analysis failed",
  },
};
/** For services that omit the type or have more types. */
const OTHER_TEXTS: Texts = {
  ready: "Job completed",
  done: () => "The job is done.",
  failed: "Job failed",
};

/** The title of a failure of a job of this type. */
export function failureTitle(type: JobType | undefined): string {
  return textsOf(type).failed;
}

/** The notice of a job that is COMPLETED or FAILED. */
export function endNotice(job: Job): Notice {
  const { ready, done, failed } = textsOf(job.type);
  if (job.status === "FAILED") return { kind: "error", title: failed, message: failureMessage(job), job };
  const warning = (what: string, message: string): Notice => ({
    kind: "warning",
    title: `${ready}, ${what}`,
    message,
    job,
  });
  switch (job.statusReason) {
    case "NOT_APPLIED":
      return warning(
        "not applied",
        job.result?.notices.includes("TRUNCATED")
          ? "The new text reached the length limit and is incomplete. The block keeps its text."
          : "The block was edited meanwhile. The edit was not overwritten. The new text is saved in the job.",
      );
    case "PROPOSED":
      return warning("as a proposal", "Your own text is unchanged. You can compare the two and choose.");
    case "TRUNCATED":
      return warning("but cut short", "The text reached the length limit and is incomplete.");
    case "TOO_LONG":
      return warning("but long", "The text is longer than the block allows.");
    default:
      return { kind: "success", title: ready, message: done(job), job };
  }
}

function textsOf(type: JobType | undefined): Texts {
  return (type && TEXTS[type]) ?? OTHER_TEXTS;
}

/** The notice that polling has stopped. The job itself may still run. */
export function pollingStoppedNotice(message: string, job: Job | undefined): Notice {
  return { kind: "error", title: "Lost track of the job", message, ...(job && { job }) };
}

/** The error of a FAILED job, for the user. */
export function failureMessage(job: Job): string {
  return job.error || "The job failed.";
}
