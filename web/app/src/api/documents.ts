import type { DocumentPatch, NewBlock, NewDocument, Document as ReportDocument } from "@report-builder/jobs";
import { unwrap } from "@report-builder/jobs";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
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

/** The whole document as a file, with or without its sources as footnotes. */
export function readExport(id: string, format: "markdown" | "html", hasSources: boolean): Promise<string> {
  const query = { format, sources: hasSources ? ("footnotes" as const) : ("none" as const) };
  return unwrap(client.GET(`${PATH}/export`, { params: { path: { id }, query }, parseAs: "text" }));
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

/**
 * Creates a document with its blocks. If a block fails, the document is deleted again.
 *
 * @param onCreated called even if the component is no longer there: the page without documents gets its list meanwhile.
 */
export function useCreateDocument(onCreated: (document: ReportDocument) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ blocks, ...body }: NewDocument & { blocks: readonly NewBlock[] }) => {
      const created = await unwrap(client.POST("/api/report-builder", { body }));
      const params = { path: { id: created.id } };
      try {
        // One after the other, because each block is added at the end.
        for (const block of blocks) await unwrap(client.POST(`${PATH}/blocks`, { params, body: block }));
      } catch (error) {
        await client.DELETE(PATH, { params }).catch(() => {});
        throw error;
      }
      return created;
    },
    onSuccess: (created) => {
      onCreated(created);
      return queries.invalidateQueries({ queryKey: documentKeys.list });
    },
  });
}

export function useChangeDocument(id: string) {
  const refresh = useRefreshDocument(id);
  return useMutation({
    // One after the other, so that the last change counts.
    scope: { id: `change ${id}` },
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
