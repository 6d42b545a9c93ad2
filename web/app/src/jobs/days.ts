import type { Job } from "@report-builder/jobs";

/** Total usage of the jobs that were created on one day. */
export interface Day {
  /** `YYYY-MM-DD` in the user's time zone. */
  date: string;
  /** Input, output and prompt cache tokens. */
  tokens: number;
  /** US dollars. */
  cost: number;
}

const MICRO = 1_000_000;

/** Sums the usage of jobs by day of creation, oldest day first. Days without a job are omitted. */
export function sumsByDay(jobs: readonly Pick<Job, "createdAt" | "usage">[]): Day[] {
  const days = new Map<string, Day>();
  for (const job of jobs) {
    if (job.usage === null) continue;
    const date = localDate(new Date(job.createdAt));
    const day = days.get(date) ?? { date, tokens: 0, cost: 0 };
    day.tokens += tokensOf(job.usage);
    day.cost += job.usage.costMicroUsd / MICRO;
    days.set(date, day);
  }
  return [...days.values()].sort((one, other) => one.date.localeCompare(other.date));
}

/** All tokens of a job: input, output and prompt cache. */
export function tokensOf(usage: NonNullable<Job["usage"]>): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadInputTokens + usage.cacheCreationInputTokens;
}

function localDate(date: Date): string {
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}
