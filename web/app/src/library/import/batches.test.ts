import { describe, expect, it } from "vitest";
import { batchesOf } from "./batches";

const rows = (count: number, summary = "") => Array.from({ length: count }, (_, id) => ({ entry: { id, summary } }));

describe("batchesOf", () => {
  it("puts at most 500 entries into a request, in order", () => {
    const batches = batchesOf(rows(1001));
    expect(batches.map((batch) => batch.length)).toEqual([500, 500, 1]);
    expect(batches.flat()).toEqual(rows(1001));
  });

  it("keeps a request of long entries below the service's limit of 5 MB", () => {
    const batches = batchesOf(rows(30, "語".repeat(100_000)));
    for (const batch of batches) {
      expect(new TextEncoder().encode(JSON.stringify({ items: batch })).length).toBeLessThan(5_000_000);
    }
    expect(batches.flat()).toHaveLength(30);
  });

  it("sends nothing for an empty file", () => {
    expect(batchesOf([])).toEqual([]);
  });
});
