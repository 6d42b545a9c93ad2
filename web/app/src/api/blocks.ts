import type { Block, BlockPatch, NewBlock, Document as ReportDocument, Revision } from "@report-builder/jobs";
import { unwrap } from "@report-builder/jobs";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client } from "./client";
import { documentKeys, useRefreshDocument } from "./documents";
import { type Move, moved } from "./moved";
import { usePagedList } from "./use-paged-list";

const BLOCK = "/api/report-builder/{id}/blocks/{blockId}";
const HISTORY = "/api/report-builder/{id}/blocks/{blockId}/history";

export interface BlockIds {
  documentId: string;
  blockId: string;
}

export function idsOf(block: Block): BlockIds {
  return { documentId: block.documentId, blockId: block.id };
}

const pathOf = ({ documentId, blockId }: BlockIds) => ({ id: documentId, blockId });

function paramsOf(ids: BlockIds, version: number | undefined) {
  return { path: pathOf(ids), header: version === undefined ? {} : { "If-Match": `"${version}"` } };
}

// The key starts with the key of the document, so invalidating the document also invalidates its blocks.
const blockKey = ({ documentId, blockId }: BlockIds) => ["document", documentId, "block", blockId];

export function readBlock(ids: BlockIds, signal?: AbortSignal): Promise<Block> {
  return unwrap(client.GET(BLOCK, { params: { path: pathOf(ids) }, ...(signal && { signal }) }));
}

/** The block with its content. A very large document omits the content of its blocks, so this may send a request. */
export function useBlockWithContent(block: Block) {
  const ids = idsOf(block);
  const query = useQuery({
    queryKey: blockKey(ids),
    queryFn: ({ signal }) => readBlock(ids, signal),
    enabled: block.contentOmitted === true,
  });
  return block.contentOmitted ? { block: query.data, error: query.error } : { block, error: null };
}

const NONE: Block[] = [];

/** The blocks of a document in its order. Only headings have their contents. None while they load, or without an id. */
export function usePromptsAndHeadings(documentId: string | null): readonly Block[] {
  const { data } = useQuery({
    queryKey: [...documentKeys.one(documentId ?? ""), "prompts and headings"],
    queryFn: async ({ signal }) => {
      const params = { path: { id: documentId ?? "" }, query: { content: "headings" as const } };
      return (await unwrap(client.GET("/api/report-builder/{id}/blocks", { params, signal }))).blocks;
    },
    enabled: documentId !== null,
  });
  return data ?? NONE;
}

/** @param onAdded called before the document is refetched. */
export function useAddBlock(documentId: string, onAdded: (block: Block) => void) {
  const refresh = useRefreshDocument(documentId);
  return useMutation({
    mutationFn: (body: NewBlock) =>
      unwrap(client.POST("/api/report-builder/{id}/blocks", { params: { path: { id: documentId } }, body })),
    onSuccess: (block) => {
      onAdded(block);
      return refresh();
    },
  });
}

interface BlockChange {
  patch: BlockPatch;
  /** The version that the user has edited. The service answers 412 if the block has a newer version. */
  version?: number;
}

export function useChangeBlock(ids: BlockIds) {
  const refresh = useRefreshDocument(ids.documentId);
  return useMutation({
    mutationFn: ({ patch, version }: BlockChange) =>
      unwrap(client.PATCH(BLOCK, { params: paramsOf(ids, version), body: patch })),
    onSuccess: refresh,
  });
}

/** Moves a block within its document. The page shows the new order at once, and sends one move after the other. */
export function useMoveBlock(documentId: string) {
  const queries = useQueryClient();
  const refresh = useRefreshDocument(documentId);
  const mutationKey = ["move", documentId];
  const move = useMutation({
    mutationKey,
    scope: { id: mutationKey.join(" ") },
    mutationFn: ({ blockId, position }: Move) =>
      unwrap(client.PATCH(BLOCK, { params: { path: { id: documentId, blockId } }, body: { position } })),
    onMutate: async (move) => {
      await queries.cancelQueries({ queryKey: documentKeys.one(documentId), exact: true });
      queries.setQueryData<ReportDocument>(documentKeys.one(documentId), (document) =>
        document?.blocks ? { ...document, blocks: moved(document.blocks, move) } : document,
      );
    },
    onSettled: () => (queries.isMutating({ mutationKey }) === 1 ? refresh() : undefined),
  });
  return {
    ...move,
    /** The blocks in the order of now, also between a move and the next drawing. */
    blocksNow: () => queries.getQueryData<ReportDocument>(documentKeys.one(documentId))?.blocks ?? [],
  };
}

/** @param onDeleted called before the document is refetched, while the block is still on the page. */
export function useDeleteBlock(ids: BlockIds, onDeleted: () => void) {
  const refresh = useRefreshDocument(ids.documentId);
  return useMutation({
    /** With a version, only if the block still has it. */
    mutationFn: ({ version }: { version?: number }) => unwrap(client.DELETE(BLOCK, { params: paramsOf(ids, version) })),
    onSuccess: () => {
      onDeleted();
      return refresh();
    },
  });
}

/** The revisions of a block's content, newest first. */
export function useHistory(ids: BlockIds) {
  return usePagedList({
    queryKey: [...blockKey(ids), "history"],
    readPage: async (cursor, signal) => {
      const query = cursor === undefined ? { limit: 20 } : { limit: 20, cursor };
      const page = await unwrap(client.GET(HISTORY, { params: { path: pathOf(ids), query }, signal }));
      return { items: page.revisions, nextCursor: page.nextCursor };
    },
  });
}

/**
 * Takes back the newest change of a block's content, if `isChange` recognizes it. Resolves to false if the content was
 * changed again since then.
 */
export async function undoRevision(ids: BlockIds, isChange: (revision: Revision) => boolean): Promise<boolean> {
  const path = pathOf(ids);
  const { revisions } = await unwrap(client.GET(HISTORY, { params: { path, query: { limit: 2 } } }));
  const [newest, previous] = revisions;
  if (newest === undefined || !isChange(newest)) return false;
  if (previous !== undefined) {
    await unwrap(client.POST(HISTORY, { params: { path }, body: { revisionId: previous.id, to: "after" } }));
  } else {
    // The first text of the block has no revision before it.
    if (newest.contentOmitted) return false;
    await unwrap(client.PATCH(BLOCK, { params: { path }, body: { content: newest.previousContent } }));
  }
  return true;
}

/** Restores a revision. The mutation stays pending until the history with the new revision is loaded. */
export function useRestore(ids: BlockIds) {
  const refresh = useRefreshDocument(ids.documentId);
  return useMutation({
    mutationFn: (revisionId: string) =>
      unwrap(client.POST(HISTORY, { params: { path: pathOf(ids) }, body: { revisionId, to: "after" } })),
    onSuccess: refresh,
  });
}
