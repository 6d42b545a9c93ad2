import { expect, test } from "vitest";
import { usesByDocument } from "./uses";

test("the blocks of a document stand together", () => {
  const usedIn = [
    { documentId: "a", blockId: "1" },
    { documentId: "b", blockId: "2" },
    { documentId: "a", blockId: "3" },
  ];
  expect(usesByDocument(usedIn)).toEqual([
    { documentId: "a", blockIds: ["1", "3"] },
    { documentId: "b", blockIds: ["2"] },
  ]);
});
