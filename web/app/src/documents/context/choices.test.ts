import { expect, test } from "vitest";
import { choiceOf, choose, MAX_CHOSEN } from "./choices";

const config = { pinnedEvidenceIds: ["a", "b"], excludedEvidenceIds: ["c"] };

test("a piece moves from one list to the other", () => {
  const changed = choose(config, ["a", "d"], "EXCLUDED");
  expect(changed).toEqual({ pinnedEvidenceIds: ["b"], excludedEvidenceIds: ["c", "a", "d"] });
  expect(changed && ["a", "b", "d", "e"].map((id) => choiceOf(changed, id))).toEqual([
    "EXCLUDED",
    "PINNED",
    "EXCLUDED",
    "NORMAL",
  ]);
});

test("a piece that is pinned again is pinned once, and normal is in no list", () => {
  expect(choose(config, ["a"], "PINNED")?.pinnedEvidenceIds).toEqual(["b", "a"]);
  expect(choose(config, ["a", "b", "c"], "NORMAL")).toEqual({ pinnedEvidenceIds: [], excludedEvidenceIds: [] });
});

test("no list becomes longer than the service accepts", () => {
  const many = Array.from({ length: MAX_CHOSEN }, (_, index) => `${index}`);
  expect(choose({ pinnedEvidenceIds: [], excludedEvidenceIds: [] }, many, "PINNED")).not.toBeNull();
  expect(choose(config, many, "PINNED")).toBeNull();
});
