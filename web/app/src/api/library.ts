import type {
  Evidence,
  EvidenceCategory,
  EvidenceType,
  Goal,
  NewEvidence,
  NewGoal,
  NewReview,
  Review,
  SourceType,
} from "@report-builder/jobs";
import { unwrap } from "@report-builder/jobs";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client } from "./client";
import { usePagedList } from "./use-paged-list";

export interface EvidenceFilters {
  type?: EvidenceType[];
  category?: EvidenceCategory[];
  /** `YYYY-MM-DD` or RFC 3339. Both limits are inclusive. */
  start?: string;
  end?: string;
  /** Words that must all be in the title, summary, repository, number or address. */
  q?: string;
}

interface PageQuery {
  cursor?: string;
  limit?: number;
}

/** The calls of one of the three lists of the library: evidence, goals or reviews. */
export interface LibraryResource<Entry extends { id: string }, NewEntry, Filters extends object = object> {
  key: string;
  readPage: (query: Filters & PageQuery, signal: AbortSignal) => Promise<{ items: Entry[]; nextCursor: string | null }>;
  add: (body: NewEntry) => Promise<unknown>;
  change: (id: string, body: NewEntry) => Promise<unknown>;
  remove: (id: string) => Promise<unknown>;
}

const byId = (id: string) => ({ params: { path: { id } } });

export const evidenceResource: LibraryResource<Evidence, NewEvidence, EvidenceFilters> = {
  key: "evidence",
  readPage: (query, signal) =>
    unwrap(client.GET("/api/evidence", { params: { query: { ...query, include: ["usedIn"] } }, signal })),
  add: (body) => unwrap(client.POST("/api/evidence", { body })),
  change: (id, body) => unwrap(client.PATCH("/api/evidence/{id}", { ...byId(id), body })),
  remove: (id) => unwrap(client.DELETE("/api/evidence/{id}", byId(id))),
};

export const goalResource: LibraryResource<Goal, NewGoal> = {
  key: "goals",
  readPage: (query, signal) => unwrap(client.GET("/api/goals", { params: { query }, signal })),
  add: (body) => unwrap(client.POST("/api/goals", { body })),
  change: (id, body) => unwrap(client.PATCH("/api/goals/{id}", { ...byId(id), body })),
  remove: (id) => unwrap(client.DELETE("/api/goals/{id}", byId(id))),
};

export const reviewResource: LibraryResource<Review, NewReview> = {
  key: "reviews",
  readPage: (query, signal) => unwrap(client.GET("/api/reviews", { params: { query }, signal })),
  add: (body) => unwrap(client.POST("/api/reviews", { body })),
  change: (id, body) => unwrap(client.PATCH("/api/reviews/{id}", { ...byId(id), body })),
  remove: (id) => unwrap(client.DELETE("/api/reviews/{id}", byId(id))),
};

const LIBRARY = "library";

export function useEntries<Entry extends { id: string }, NewEntry, Filters extends object>(
  resource: LibraryResource<Entry, NewEntry, Filters>,
  filters: Filters,
) {
  return usePagedList({
    queryKey: [LIBRARY, resource.key, filters],
    readPage: (cursor, signal) => resource.readPage(cursor === undefined ? filters : { ...filters, cursor }, signal),
  });
}

/** The evidence by month and type. The months are those of UTC, as are the days of the filters. */
export function useEvidenceCounts(filters: EvidenceFilters) {
  return useQuery({
    queryKey: [LIBRARY, "counts", filters],
    queryFn: ({ signal }) => unwrap(client.GET("/api/evidence/counts", { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Adds an entry without `id`, or changes the entry with `id`. */
export function useSaveEntry<Entry extends { id: string }, NewEntry>(
  resource: LibraryResource<Entry, NewEntry, never>,
) {
  const refresh = useRefreshLibrary();
  return useMutation({
    mutationFn: ({ id, body }: { id: string | undefined; body: NewEntry }) =>
      id === undefined ? resource.add(body) : resource.change(id, body),
    onSuccess: refresh,
  });
}

export function useRemoveEntry<Entry extends { id: string }, NewEntry>(
  resource: LibraryResource<Entry, NewEntry, never>,
) {
  const refresh = useRefreshLibrary();
  return useMutation({ mutationFn: (id: string) => resource.remove(id), onSuccess: refresh });
}

export function useRefreshLibrary(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: [LIBRARY] });
}

/** An entry that a citation can refer to. */
export type Source =
  | { type: "EVIDENCE"; entry: Evidence }
  | { type: "GOAL"; entry: Goal }
  | { type: "REVIEW"; entry: Review };

/** The entry of a citation. The query fails with status 404 if the entry was deleted. */
export function useSource(type: SourceType, id: string) {
  return useQuery({
    queryKey: [LIBRARY, "source", type, id],
    queryFn: ({ signal }) => readSource(type, id, signal),
    staleTime: 60_000,
  });
}

async function readSource(type: SourceType, id: string, signal: AbortSignal): Promise<Source> {
  const options = { ...byId(id), signal };
  switch (type) {
    case "EVIDENCE":
      return { type, entry: await unwrap(client.GET("/api/evidence/{id}", options)) };
    case "GOAL":
      return { type, entry: await unwrap(client.GET("/api/goals/{id}", options)) };
    case "REVIEW":
      return { type, entry: await unwrap(client.GET("/api/reviews/{id}", options)) };
  }
}
