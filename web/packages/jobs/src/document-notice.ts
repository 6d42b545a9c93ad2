import { endNotice, failureMessage, type Notice } from "./notice.js";
import type { Job } from "./types.js";

/** Most different errors in one notice. */
const MAX_ERRORS = 3;

/** The one notice of jobs that have all ended. `jobs` has at least one job. */
export function documentEndNotice(jobs: Job[]): Notice {
  const [only] = jobs;
  if (only && jobs.length === 1) return endNotice(only);
  const cancelled = jobs.filter((job) => job.statusReason === "CANCELLED");
  const failed = jobs.filter((job) => job.status === "FAILED" && !cancelled.includes(job));
  const notApplied = jobs.filter((job) => job.statusReason === "NOT_APPLIED");
  const proposed = jobs.filter((job) => job.statusReason === "PROPOSED");
  const cutShort = jobs.filter((job) => job.statusReason === "TRUNCATED");
  const written = jobs.length - failed.length - cancelled.length - notApplied.length - proposed.length;

  const count = written === jobs.length ? sections(jobs.length) : `${written} of ${sections(jobs.length)}`;
  const title = [
    `${count} ${verbOf(jobs)}`,
    cutShort.length > 0 && `${cutShort.length} of them cut short`,
    proposed.length > 0 && `${proposed.length} proposed`,
    notApplied.length > 0 && `${notApplied.length} not applied`,
    cancelled.length > 0 && `${cancelled.length} cancelled`,
    failed.length > 0 && `${failed.length} failed`,
  ];
  const errors = [...new Set(failed.map(failureMessage))];
  const message = [
    ...errors.slice(0, MAX_ERRORS),
    proposed.length > 0 && "A proposed text waits beside your own text.",
    notApplied.length > 0 && "A text that was not applied is saved in its job.",
    cutShort.length > 0 && "A text that was cut short reached the length limit and is incomplete.",
  ];
  return {
    kind: kindOf(failed.length + cancelled.length, proposed.length + notApplied.length + cutShort.length),
    title: title.filter(Boolean).join(", "),
    message: message.filter(Boolean).join(" ") || "The document has its new texts.",
    jobs,
  };
}

/** The notice that following has stopped. The jobs themselves may still run. */
export function followingStoppedNotice(message: string, jobs: Job[]): Notice {
  return { kind: "error", title: "Lost track of the jobs", message, jobs };
}

function kindOf(errors: number, warnings: number): Notice["kind"] {
  if (errors > 0) return "error";
  return warnings > 0 ? "warning" : "success";
}

function sections(count: number): string {
  return count === 1 ? "1 section" : `${count} sections`;
}

function verbOf(jobs: Job[]): string {
  if (jobs.every(({ type }) => type === "GENERATE")) return "drafted";
  return jobs.every(({ type }) => type === "REFINE") ? "refined" : "written";
}
