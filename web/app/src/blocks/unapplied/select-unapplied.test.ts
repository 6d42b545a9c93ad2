import { describe, expect, it } from "vitest";
import { selectUnapplied } from "./select-unapplied";

const blocks = [{ id: "block" }];
const job = { jobId: "job", blockId: "block", statusReason: "NOT_APPLIED" };

describe("selectUnapplied", () => {
  it("offers a text that was not applied", () => {
    expect(selectUnapplied([job], blocks, ["another"])).toEqual([job]);
  });

  it.each([
    ["was taken or turned down", [job], ["job"]],
    ["has a newer one after it", [{ ...job, jobId: "newer", statusReason: null }, job], []],
    ["is of another block", [{ ...job, blockId: "other" }], []],
  ])("does not offer one that %s", (_, jobs, decided) => {
    expect(selectUnapplied(jobs, blocks, decided)).toEqual([]);
  });
});
