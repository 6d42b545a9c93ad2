import type { Job } from "@report-builder/jobs";
import { duration } from "../components/format";
import { writerOf } from "./writer";

export interface Step {
  name: string;
  at: string;
  /** What took the time until the next step, or until now. Null if that was too short to be told. */
  wait: string | null;
}

/** “{writer}” stands for Claude or the offline writer. */
const NAMES: Record<string, string> = {
  CREATED: "Created",
  CLAIMED: "A worker took the job",
  CALLED: "{writer} was asked",
  SAVED: "The answer was stored",
  RELEASED: "The attempt failed",
  COMPLETED: "Done",
  FAILED: "Failed",
};

/** What happens after an event, for a wait that is over and for one that is not. */
const WAITS: Record<string, { over: (time: string) => string; running: (time: string) => string }> = {
  CREATED: {
    over: (time) => `waited ${time} for a worker`,
    running: (time) => `has waited ${time} for a worker`,
  },
  CLAIMED: {
    over: (time) => `read the evidence for ${time}`,
    running: (time) => `has been at work for ${time}`,
  },
  CALLED: {
    over: (time) => `waited ${time} for {writer}`,
    running: (time) => `{writer} has been writing for ${time}`,
  },
  SAVED: { over: (time) => `took ${time} to finish`, running: (time) => `finishing for ${time}` },
  RELEASED: {
    over: (time) => `waited ${time} for the next attempt`,
    running: (time) => `has waited ${time} for the next attempt`,
  },
};

/** Shorter waits are not told. */
const MIN_WAIT_MS = 50;

/** The timeline of a job in words, with the waits between its events. A running job waits until `now`. */
export function stepsOf(job: Pick<Job, "timeline" | "statusReason" | "result">, now: number): Step[] {
  const entries = job.timeline ?? [];
  const writer = writerOf(job);
  const Writer = writer.charAt(0).toUpperCase() + writer.slice(1);
  return entries.map(({ event, at }, index) => {
    const next = entries[index + 1];
    const isCancelled = event === "FAILED" && job.statusReason === "CANCELLED";
    return {
      name: isCancelled ? "Cancelled" : (NAMES[event]?.replace("{writer}", Writer) ?? event.toLowerCase()),
      at,
      wait:
        waitAfter(event, next?.event, (next ? Date.parse(next.at) : now) - Date.parse(at))?.replace(
          "{writer}",
          writer,
        ) ?? null,
    };
  });
}

function waitAfter(event: string, next: string | undefined, milliseconds: number): string | null {
  const words = WAITS[event];
  if (words === undefined || milliseconds < MIN_WAIT_MS) return null;
  const time = duration(milliseconds);
  if (next === undefined) return words.running(time);
  if (event === "CALLED" && next === "SAVED") return `{writer} wrote for ${time}`;
  // The call of a job that ended during it is not in its timeline.
  if (event === "CLAIMED" && next !== "CALLED") return `was at work for ${time}`;
  return words.over(time);
}
