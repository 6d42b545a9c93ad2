import type { Evidence, Document as ReportDocument } from "@report-builder/jobs";
import { expect, test } from "vitest";
import { MAX_STRONG, unusedStrong } from "./strong-evidence";

const document = { id: "document", blocks: [] } as unknown as ReportDocument;

function piece(id: string, more: Partial<Evidence> = {}): Evidence {
  const usual = { type: "PR_AUTHORED", state: "MERGED", scope: "medium", title: id, summary: "" } as const;
  return { id, occurredAt: "2026-09-01", createdAt: "2026-09-01T00:00:00Z", ...usual, ...more };
}

const names = (found: Evidence[]) => unusedStrong(found, document).map(({ id }) => id);

test("only finished work of the user that was not small is strong", () => {
  expect(
    names([
      piece("medium"),
      piece("ticket", { type: "JIRA_OWNED", state: "DONE" }),
      piece("reviewed", { type: "PR_REVIEWED" }),
      piece("thanks", { type: "SLACK" }),
      piece("open", { state: "OPEN" }),
      piece("given up", { state: "CLOSED" }),
      piece("unknown state", { state: null }),
      piece("small", { scope: "small" }),
    ]),
  ).toEqual(["medium", "ticket"]);
});

test("many changes make up for a missing scope", () => {
  const metrics = { additions: 150, deletions: 50, changedFiles: 1 };
  expect(names([piece("lines", { scope: null, metrics })])).toEqual(["lines"]);
  expect(names([piece("files", { scope: null, metrics: { ...metrics, deletions: 0, changedFiles: 10 } })])).toEqual([
    "files",
  ]);
  expect(names([piece("few", { scope: null, metrics: { ...metrics, deletions: 0 } })])).toEqual([]);
});

test("what this document uses is left out, and what another document uses is not", () => {
  const usedIn = (documentId: string) => ({ usedIn: [{ documentId, blockId: "block" }] });
  expect(names([piece("here", usedIn("document")), piece("elsewhere", usedIn("other"))])).toEqual(["elsewhere"]);
});

test("a citation of the document counts even if the service did not look there", () => {
  const blocks = [{ citations: [{ sourceId: "cited" }] }];
  const cites = { ...document, blocks } as unknown as ReportDocument;
  expect(unusedStrong([piece("cited"), piece("not cited")], cites).map(({ id }) => id)).toEqual(["not cited"]);
});

test("the largest comes first, and there are ten at most", () => {
  const many = Array.from({ length: 12 }, (_, index) => piece(`${index}`));
  const found = names([...many, piece("large", { scope: "large" })]);
  expect(found).toHaveLength(MAX_STRONG);
  expect(found[0]).toBe("large");
});
