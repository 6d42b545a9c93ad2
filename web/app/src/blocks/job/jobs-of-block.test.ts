import type { Job } from "@report-builder/jobs";
import { describe, expect, it } from "vitest";
import { jobsOfBlock } from "./jobs-of-block";

const job = (jobId: string, status: Job["status"], blockId = "block") => ({ jobId, blockId, status });

describe("jobsOfBlock", () => {
  it("finds the job in flight, the newest ended job and the newest text", () => {
    const followed = [job("5", "PROCESSING", "other"), job("4", "PENDING")];
    const ended = [job("3", "COMPLETED", "other"), job("2", "FAILED"), job("1", "COMPLETED"), job("0", "COMPLETED")];
    expect(jobsOfBlock("block", followed, ended)).toEqual({ activeId: "4", ended: ended[1], completed: ended[2] });
  });

  it("finds nothing in jobs of other blocks, and a followed job that has ended is not active", () => {
    expect(jobsOfBlock("block", [job("4", "COMPLETED")], [job("3", "COMPLETED", "other")])).toEqual({
      activeId: null,
      ended: null,
      completed: null,
    });
  });
});
