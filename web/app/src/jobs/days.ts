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

/** A chart of one bar says nothing. */
const MIN_DAYS = 7;

/**
 * Sums the usage of jobs by day of creation. The days go from the first job to today without a gap, and are seven at
 * least. Empty if no job has a usage.
 */
export function sumsByDay(jobs: readonly Pick<Job, "createdAt" | "usage">[], today = new Date()): Day[] {
  const used = jobs.filter(({ usage }) => usage !== null);
  if (used.length === 0) return [];
  const times = used.map(({ createdAt }) => Date.parse(createdAt));
  const last = Math.max(today.getTime(), ...times);
  const days = new Map<string, Day>();
  let day = startOfDay(new Date(Math.min(startOfDay(today, 1 - MIN_DAYS).getTime(), ...times)));
  for (; day.getTime() <= last; day = startOfDay(day, 1)) {
    const date = localDate(day);
    days.set(date, { date, tokens: 0, cost: 0 });
  }
  for (const job of used) {
    const sum = days.get(localDate(new Date(job.createdAt)));
    if (sum === undefined || job.usage === null) continue;
    sum.tokens += tokensOf(job.usage);
    sum.cost += job.usage.costMicroUsd / MICRO;
  }
  return [...days.values()];
}

/** All tokens of a job: input, output and prompt cache. */
export function tokensOf(usage: NonNullable<Job["usage"]>): number {
  return usage.inputTokens + usage.outputTokens + usage.cacheReadInputTokens + usage.cacheCreationInputTokens;
}

/** Midnight in the user's time zone, `days` later. A day may have 23 or 25 hours. */
function startOfDay(time: Date, days = 0): Date {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate() + days);
}

function localDate(date: Date): string {
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}
