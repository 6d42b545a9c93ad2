import type { Evidence, EvidenceScope, Document as ReportDocument } from "@report-builder/jobs";

export const MAX_STRONG = 10;

const OWN_WORK: readonly string[] = ["PR_AUTHORED", "JIRA_OWNED"];
const FINISHED: readonly string[] = ["MERGED", "DONE"];
const MANY_LINES = 200;
const MANY_FILES = 10;
const WEIGHTS: Record<EvidenceScope, number> = { large: 3, medium: 2, small: 0 };

/** Finished work of the user that was not small and that no section of the document cites. The strongest first. */
export function unusedStrong(found: readonly Evidence[], document: ReportDocument): Evidence[] {
  // The service looks for uses in the newest documents only. The document may be older.
  const cited = new Set(document.blocks?.flatMap(({ citations }) => citations.map(({ sourceId }) => sourceId)));
  return found
    .filter(({ id, usedIn }) => !cited.has(id) && !usedIn?.some(({ documentId }) => documentId === document.id))
    .filter((evidence) => strength(evidence) > 0)
    .sort((one, other) => strength(other) - strength(one))
    .slice(0, MAX_STRONG);
}

function strength({ type, state, scope, metrics }: Evidence): number {
  if (!OWN_WORK.includes(type) || !state || !FINISHED.includes(state)) return 0;
  const lines = (metrics?.additions ?? 0) + (metrics?.deletions ?? 0);
  const hasManyChanges = lines >= MANY_LINES || (metrics?.changedFiles ?? 0) >= MANY_FILES;
  return Math.max(scope ? WEIGHTS[scope] : 0, hasManyChanges ? 1 : 0);
}
