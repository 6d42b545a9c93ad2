import type { ContextConfig, Evidence, EvidencePage } from "@report-builder/jobs";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type EvidenceFilters, evidenceResource } from "../../api/library";

/** The maximum number of entries to fetch. No job reads more. */
export const MAX_MATCHES = 500;

const PAGE_SIZE = 100;

/** The evidence that matches a configuration, newest first. Fetches pages until there are {@link MAX_MATCHES}. */
export function useMatchingEvidence(config: ContextConfig) {
  const filters = filtersOf(config);
  return useQuery({
    queryKey: ["library", "matching", filters],
    queryFn: ({ signal }) => readMatching(filters, signal),
    placeholderData: keepPreviousData,
  });
}

/** In a configuration an empty list means all. A query omits the field instead. */
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
    const query = { ...filters, limit: PAGE_SIZE, ...(cursor !== null && { cursor }) };
    const page: EvidencePage = await evidenceResource.readPage(query, signal);
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && found.length < MAX_MATCHES);
  return found;
}
