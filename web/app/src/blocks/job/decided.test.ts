import { describe, expect, it } from "vitest";
import { decisionOf } from "./decided";

describe("decisionOf", () => {
  it.each([
    [{}, null],
    [{ jobId: "1" }, null],
    [{ jobId: "2" }, "TAKEN"],
    [{ jobId: "2", decidedJobId: "1" }, "TAKEN"],
    [{ jobId: "1", decidedJobId: "2" }, "DECLINED"],
    [{ jobId: "3" }, "OUTDATED"],
    [{ jobId: "1", decidedJobId: "3" }, "OUTDATED"],
    [{ jobId: 7 }, null],
  ])("reads from the metadata %j what became of job 2", (metadata, decision) => {
    expect(decisionOf({ metadata }, "2")).toBe(decision);
  });
});
