import type { EvidenceFilters } from "../api/library";
import { EVIDENCE_CATEGORIES, EVIDENCE_TYPES } from "./choices";

/** The longest search that the service accepts. */
export const MAX_SEARCH_LENGTH = 200;

/** The filters in the query of an address. What is not valid there is ignored. */
export function filtersFrom(query: URLSearchParams): EvidenceFilters {
  const type = constantsIn(query, "type", EVIDENCE_TYPES);
  const category = constantsIn(query, "category", EVIDENCE_CATEGORIES);
  const start = dayIn(query, "start");
  const end = dayIn(query, "end");
  const q = query.get("q")?.trim().slice(0, MAX_SEARCH_LENGTH);
  return {
    ...(type.length > 0 && { type }),
    ...(category.length > 0 && { category }),
    ...(start && { start }),
    ...(end && { end }),
    ...(q && { q }),
  };
}

/** The query of an address with these filters. */
export function queryOf(filters: EvidenceFilters): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (value?.length > 0) query.set(name, String(value));
  }
  return query;
}

function constantsIn<Constant extends string>(query: URLSearchParams, name: string, known: readonly Constant[]) {
  const named = query.get(name)?.split(",") ?? [];
  return known.filter((constant) => named.includes(constant));
}

function dayIn(query: URLSearchParams, name: string): string | undefined {
  const day = query.get(name) ?? "";
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : undefined;
}
