import type { Block, BlockPatch, BlockType } from "@report-builder/jobs";
import { unwrap } from "@report-builder/jobs";
import { useMutation, useQuery } from "@tanstack/react-query";
import { client } from "./client";
import { useRefreshDocument } from "./documents";
import { usePages } from "./pages";

const BLOCK = "/api/report-builder/{id}/blocks/{blockId}";
const HISTORY = "/api/report-builder/{id}/blocks/{blockId}/history";

export interface BlockAddress {
  documentId: string;
  blockId: string;
}

export function addressOf(block: Block): BlockAddress {
  return { documentId: block.documentId, blockId: block.id };
}

const pathOf = ({ documentId, blockId }: BlockAddress) => ({ id: documentId, blockId });

// Keys begin with the document's, so that a change of the document refreshes what belongs to it.
const blockKey = ({ documentId, blockId }: BlockAddress) => ["document", documentId, "block", blockId];

export function readBlock(address: BlockAddress, signal?: AbortSignal): Promise<Block> {
  return unwrap(client.GET(BLOCK, { params: { path: pathOf(address) }, ...(signal && { signal }) }));
}

/** The block with its contents, which a very large document leaves out. */
export function useWholeBlock(block: Block) {
  const address = addressOf(block);
  const query = useQuery({
    queryKey: blockKey(address),
    queryFn: ({ signal }) => readBlock(address, signal),
    enabled: block.contentOmitted === true,
  });
  return block.contentOmitted ? { block: query.data, error: query.error } : { block, error: null };
}

/** @param onAdded called before the document is read again. */
export function useAddBlock(documentId: string, onAdded: (block: Block) => void) {
  const refresh = useRefreshDocument(documentId);
  return useMutation({
    mutationFn: (type: BlockType) =>
      unwrap(client.POST("/api/report-builder/{id}/blocks", { params: { path: { id: documentId } }, body: { type } })),
    onSuccess: (block) => {
      onAdded(block);
      return refresh();
    },
  });
}

interface BlockChange {
  patch: BlockPatch;
  /** The version that the change was made to; the service refuses it with 412 if there is a newer one. */
  version?: number;
}

export function useChangeBlock(address: BlockAddress) {
  const refresh = useRefreshDocument(address.documentId);
  return useMutation({
    mutationFn: ({ patch, version }: BlockChange) =>
      unwrap(
        client.PATCH(BLOCK, {
          params: { path: pathOf(address), header: version === undefined ? {} : { "If-Match": `"${version}"` } },
          body: patch,
        }),
      ),
    onSuccess: refresh,
  });
}

/** @param onDeleted called before the document is read again, while the block is still shown. */
export function useDeleteBlock(address: BlockAddress, onDeleted: () => void) {
  const refresh = useRefreshDocument(address.documentId);
  return useMutation({
    mutationFn: () => unwrap(client.DELETE(BLOCK, { params: { path: pathOf(address) } })),
    onSuccess: () => {
      onDeleted();
      return refresh();
    },
  });
}

/** The changes of a block's content, newest first. */
export function useHistory(address: BlockAddress) {
  return usePages({
    queryKey: [...blockKey(address), "history"],
    readPage: async (cursor, signal) => {
      const query = cursor === undefined ? { limit: 20 } : { limit: 20, cursor };
      const page = await unwrap(client.GET(HISTORY, { params: { path: pathOf(address), query }, signal }));
      return { items: page.revisions, nextCursor: page.nextCursor };
    },
  });
}

/** Is pending until the list that has the restoration is there. */
export function useRestore(address: BlockAddress) {
  const refresh = useRefreshDocument(address.documentId);
  return useMutation({
    mutationFn: (revisionId: string) =>
      unwrap(client.POST(HISTORY, { params: { path: pathOf(address) }, body: { revisionId } })),
    onSuccess: refresh,
  });
}
