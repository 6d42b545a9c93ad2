import type { Job } from "@report-builder/jobs";
import { describe, expect, it } from "vitest";
import { adviceFor } from "./advice";
import { attemptsText, busyText } from "./attempts";
import { stepsOf } from "./steps";

const at = (second: number) => new Date(Date.UTC(2026, 9, 1, 12, 0, second)).toISOString();
const timelineOf = (...entries: [string, number][]) => entries.map(([event, second]) => ({ event, at: at(second) }));
const resultOf = (model: string) => ({ model }) as NonNullable<Job["result"]>;
const waitsOf = (
  timeline: ReturnType<typeof timelineOf>,
  now = 0,
  statusReason: string | null = null,
  result: Job["result"] = resultOf("claude-opus"),
) => stepsOf({ timeline, statusReason, result }, Date.parse(at(now))).map(({ name, wait }) => [name, wait]);

describe("stepsOf", () => {
  it("tells what took the time between two steps", () => {
    const timeline = timelineOf(["CREATED", 0], ["CLAIMED", 2], ["CALLED", 2], ["SAVED", 16], ["COMPLETED", 16]);
    expect(waitsOf(timeline)).toEqual([
      ["Created", "waited 2.0 s for a worker"],
      ["A worker took the job", null],
      ["Claude was asked", "Claude wrote for 14 s"],
      ["The answer was stored", null],
      ["Done", null],
    ]);
  });

  it("names the writer only where the job says who it was", () => {
    const timeline = timelineOf(["CALLED", 2], ["SAVED", 16]);
    expect(waitsOf(timeline, 16, null, resultOf("offline-writer"))[0]).toEqual([
      "The offline writer was asked",
      "the offline writer wrote for 14 s",
    ]);
    expect(waitsOf(timelineOf(["CALLED", 2]), 5, null, null)).toEqual([
      ["The model was asked", "the model has been writing for 3.0 s"],
    ]);
  });

  it("tells of an attempt that failed, and what a running job waits for", () => {
    const timeline = timelineOf(["CREATED", 0], ["CLAIMED", 0], ["CALLED", 1], ["RELEASED", 4]);
    expect(waitsOf(timeline, 34)).toEqual([
      ["Created", null],
      ["A worker took the job", "read the evidence for 1.0 s"],
      ["Claude was asked", "waited 3.0 s for Claude"],
      ["The attempt failed", "has waited 30 s for the next attempt"],
    ]);
  });

  it("does not say that a job that was cancelled while Claude wrote has only read", () => {
    expect(waitsOf(timelineOf(["CREATED", 0], ["CLAIMED", 0], ["FAILED", 30]), 30, "CANCELLED")).toEqual([
      ["Created", null],
      ["A worker took the job", "was at work for 30 s"],
      ["Cancelled", null],
    ]);
  });

  it("calls a cancelled job cancelled, and keeps unknown events", () => {
    expect(waitsOf(timelineOf(["PAUSED", 0], ["FAILED", 1]), 9, "CANCELLED")).toEqual([
      ["paused", null],
      ["Cancelled", null],
    ]);
    expect(stepsOf({ timeline: null, statusReason: null, result: null }, 0)).toEqual([]);
  });
});

describe("attempts", () => {
  const job = { status: "PENDING" as const, statusReason: null, attempt: 1, maxAttempts: 3, nextAttemptAt: at(0) };

  it("says when Claude is asked again, only while a job waits for that", () => {
    expect(busyText(job)).toMatch(/^Claude is busy, next try \d{1,2}:\d\d/);
    expect(busyText({ ...job, attempt: 0 })).toBeNull();
    expect(busyText({ ...job, nextAttemptAt: null })).toBeNull();
    expect(busyText({ ...job, status: "PROCESSING" })).toBeNull();
  });

  it.each([
    ["PENDING", null, 0, null],
    ["PROCESSING", null, 2, "2 of 3"],
    ["COMPLETED", null, 1, "1"],
    ["FAILED", "INVALID", 1, "1"],
    ["FAILED", "RETRIES_EXHAUSTED", 1, null],
    ["FAILED", "RETRIES_EXHAUSTED", 3, "3 of 3"],
  ] as const)("counts the attempts of a job that is %s, %s", (status, statusReason, attempt, text) => {
    expect(attemptsText({ ...job, status, statusReason, attempt })).toBe(text);
  });
});

describe("adviceFor", () => {
  const failed = { status: "FAILED" as const, statusReason: "INVALID", problem: null };
  const problem = { code: "NO_API_KEY", detail: "", retryable: false, status: 500, title: "", type: "" };

  it("prefers the code of the problem to the reason", () => {
    expect(adviceFor({ ...failed, problem }, null)).toContain("API key");
    expect(adviceFor(failed, null)).toContain("Correct what the message says");
  });

  it("says what became of a proposal", () => {
    const proposed = { status: "COMPLETED" as const, statusReason: "PROPOSED", problem: null };
    expect(adviceFor(proposed, null)).toContain("waits in its section");
    expect(adviceFor(proposed, "TAKEN")).toBe("You took the text into its section.");
    expect(adviceFor({ ...proposed, statusReason: null }, "TAKEN")).toBeNull();
  });

  it("has an answer to every failed job, and says nothing about a good one", () => {
    expect(adviceFor({ ...failed, statusReason: "NEW" }, null)).toBe("Retry it.");
    expect(adviceFor({ status: "COMPLETED", statusReason: null, problem: null }, null)).toBeNull();
  });
});
