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
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client } from "./client";
import { usePages } from "./pages";

export interface EvidenceFilters {
  type?: EvidenceType[];
  category?: EvidenceCategory[];
  /** `YYYY-MM-DD` or RFC 3339, inclusive. */
  start?: string;
  end?: string;
}

interface PageQuery {
  cursor?: string;
  limit?: number;
}

/** One of the three lists of the library, with the calls that every one of them has. */
export interface Shelf<Entry extends { id: string }, NewEntry, Filters extends object = object> {
  key: string;
  readPage: (query: Filters & PageQuery, signal: AbortSignal) => Promise<{ items: Entry[]; nextCursor: string | null }>;
  add: (body: NewEntry) => Promise<unknown>;
  change: (id: string, body: NewEntry) => Promise<unknown>;
  remove: (id: string) => Promise<unknown>;
}

const byId = (id: string) => ({ params: { path: { id } } });

export const evidenceShelf: Shelf<Evidence, NewEvidence, EvidenceFilters> = {
  key: "evidence",
  readPage: (query, signal) => unwrap(client.GET("/api/evidence", { params: { query }, signal })),
  add: (body) => unwrap(client.POST("/api/evidence", { body })),
  change: (id, body) => unwrap(client.PATCH("/api/evidence/{id}", { ...byId(id), body })),
  remove: (id) => unwrap(client.DELETE("/api/evidence/{id}", byId(id))),
};

export const goalShelf: Shelf<Goal, NewGoal> = {
  key: "goals",
  readPage: (query, signal) => unwrap(client.GET("/api/goals", { params: { query }, signal })),
  add: (body) => unwrap(client.POST("/api/goals", { body })),
  change: (id, body) => unwrap(client.PATCH("/api/goals/{id}", { ...byId(id), body })),
  remove: (id) => unwrap(client.DELETE("/api/goals/{id}", byId(id))),
};

export const reviewShelf: Shelf<Review, NewReview> = {
  key: "reviews",
  readPage: (query, signal) => unwrap(client.GET("/api/reviews", { params: { query }, signal })),
  add: (body) => unwrap(client.POST("/api/reviews", { body })),
  change: (id, body) => unwrap(client.PATCH("/api/reviews/{id}", { ...byId(id), body })),
  remove: (id) => unwrap(client.DELETE("/api/reviews/{id}", byId(id))),
};

const LIBRARY = "library";

/** The entries of a shelf, newest first. */
export function useEntries<Entry extends { id: string }, NewEntry, Filters extends object>(
  shelf: Shelf<Entry, NewEntry, Filters>,
  filters: Filters,
) {
  return usePages({
    queryKey: [LIBRARY, shelf.key, filters],
    readPage: (cursor, signal) => shelf.readPage(cursor === undefined ? filters : { ...filters, cursor }, signal),
  });
}

/** Adds an entry, or changes the one with the id. */
export function useSaveEntry<Entry extends { id: string }, NewEntry>(shelf: Shelf<Entry, NewEntry, never>) {
  const refresh = useRefreshLibrary();
  return useMutation({
    mutationFn: ({ id, body }: { id: string | undefined; body: NewEntry }) =>
      id === undefined ? shelf.add(body) : shelf.change(id, body),
    onSuccess: refresh,
  });
}

export function useRemoveEntry<Entry extends { id: string }, NewEntry>(shelf: Shelf<Entry, NewEntry, never>) {
  const refresh = useRefreshLibrary();
  return useMutation({ mutationFn: (id: string) => shelf.remove(id), onSuccess: refresh });
}

export function useRefreshLibrary(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: [LIBRARY] });
}

/** What a citation may name. */
export type Source =
  | { type: "EVIDENCE"; entry: Evidence }
  | { type: "GOAL"; entry: Goal }
  | { type: "REVIEW"; entry: Review };

/** The evidence, goal or review that a citation names; not found if it was deleted since. */
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
