import { describe, expect, it } from "vitest";
import { selectUnapplied } from "./select-unapplied";

const blocks = [{ id: "block" }];
const job = { jobId: "job", blockId: "block", statusReason: "NOT_APPLIED" };

describe("selectUnapplied", () => {
  it("offers a text that was not applied", () => {
    expect(selectUnapplied([job], blocks, ["another"])).toEqual([job]);
  });

  it.each([
    ["was accepted or rejected", [job], ["job"]],
    ["is followed by a newer job of its block", [{ ...job, jobId: "newer", statusReason: null }, job], []],
    ["belongs to another block", [{ ...job, blockId: "other" }], []],
  ])("does not offer a text that %s", (_, jobs, decided) => {
    expect(selectUnapplied(jobs, blocks, decided)).toEqual([]);
  });
});
