import type { DocumentPatch } from "@report-builder/jobs";
import { unwrap } from "@report-builder/jobs";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { browserTimeZone } from "../components/time-zone";
import { client } from "./client";
import { usePagedList } from "./use-paged-list";

const PATH = "/api/report-builder/{id}";

export const documentKeys = {
  list: ["documents"],
  one: (id: string) => ["document", id],
} as const;

export function useDocuments() {
  return usePagedList({
    queryKey: documentKeys.list,
    readPage: async (cursor, signal) => {
      const query = cursor === undefined ? {} : { cursor };
      const { documents, nextCursor } = await unwrap(client.GET("/api/report-builder", { params: { query }, signal }));
      return { items: documents, nextCursor };
    },
  });
}

/** A document with its blocks. */
export function useDocument(id: string) {
  return useQuery({
    queryKey: documentKeys.one(id),
    queryFn: ({ signal }) => unwrap(client.GET(PATH, { params: { path: { id } }, signal })),
  });
}

/** Returns a function that invalidates the document, its blocks and the list of documents. */
export function useRefreshDocument(id: string): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: documentKeys.one(id) }),
      queries.invalidateQueries({ queryKey: documentKeys.list }),
    ]);
  };
}

export function useCreateDocument() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { name: string; description: string | null }) =>
      unwrap(client.POST("/api/report-builder", { body: { ...body, timeZone: browserTimeZone() } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: documentKeys.list }),
  });
}

export function useChangeDocument(id: string) {
  const refresh = useRefreshDocument(id);
  return useMutation({
    mutationFn: (body: DocumentPatch) => unwrap(client.PATCH(PATH, { params: { path: { id } }, body })),
    onSuccess: refresh,
  });
}

export function useDeleteDocument(id: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(client.DELETE(PATH, { params: { path: { id } } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: documentKeys.list }),
  });
}
