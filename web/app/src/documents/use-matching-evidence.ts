import { type ContextConfig, type Evidence, unwrap } from "@report-builder/jobs";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { client } from "../api/client";
import type { EvidenceFilters } from "../api/library";

/** Evidence beyond this is not counted: no job reads more. */
export const COUNTED_AT_MOST = 500;

const PAGE = 100;

/** The evidence that a configuration selects, newest first, up to {@link COUNTED_AT_MOST}. */
export function useMatchingEvidence(config: ContextConfig) {
  const filters = filtersOf(config);
  return useQuery({
    queryKey: ["library", "matching", filters],
    queryFn: ({ signal }) => readMatching(filters, signal),
    placeholderData: keepPreviousData,
  });
}

/** An empty list in a configuration means all; a query leaves the field out. */
export function filtersOf({ evidenceDateRange, evidenceTypes, evidenceCategories }: ContextConfig): EvidenceFilters {
  const { start, end } = evidenceDateRange;
  return {
    ...(evidenceTypes.length > 0 && { type: evidenceTypes }),
    ...(evidenceCategories.length > 0 && { category: evidenceCategories }),
    ...(start && { start }),
    ...(end && { end }),
  };
}

async function readMatching(filters: EvidenceFilters, signal: AbortSignal): Promise<Evidence[]> {
  const found: Evidence[] = [];
  let cursor: string | null = null;
  do {
    const query: EvidenceFilters & { limit: number; cursor?: string } = {
      ...filters,
      limit: PAGE,
      ...(cursor !== null && { cursor }),
    };
    const page = await unwrap(client.GET("/api/evidence", { params: { query }, signal }));
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && found.length < COUNTED_AT_MOST);
  return found;
}
