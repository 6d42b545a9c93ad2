import { hasEnded, type Job } from "@report-builder/jobs";

const timeFormat = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

/** Whether an attempt before this one has failed, or was interrupted. */
export function isLaterAttempt(job: Pick<Job, "status" | "attempt">): boolean {
  return job.status === "PROCESSING" && job.attempt > 1;
}

/** “Claude is busy, next try 12:03” in local time, while a job waits for its next attempt. Null otherwise. */
export function busyText(job: Pick<Job, "status" | "attempt" | "nextAttemptAt">): string | null {
  if (job.status !== "PENDING" || job.attempt === 0 || job.nextAttemptAt === null) return null;
  return `Claude is busy, next try ${timeFormat.format(new Date(job.nextAttemptAt))}`;
}

/**
 * The number of attempts, such as `2 of 3`. Null if it says nothing: before the first attempt, and for a job that gave
 * up early. Such a job asked Claude several times in one attempt, so a count of attempts would seem to be too small.
 */
export function attemptsText(job: Pick<Job, "status" | "statusReason" | "attempt" | "maxAttempts">): string | null {
  const { attempt, maxAttempts } = job;
  if (attempt === 0) return null;
  if (job.statusReason === "RETRIES_EXHAUSTED" && attempt < maxAttempts) return null;
  return hasEnded(job) && attempt === 1 ? "1" : `${attempt} of ${maxAttempts}`;
}
