import { type Block, type DryRun, unwrap } from "@report-builder/jobs";
import { queryOptions } from "@tanstack/react-query";
import { client } from "./client";
import { documentKeys } from "./documents";

// The keys start with the key of the document: a change of the document or its blocks makes the answer out of date.

/**
 * What it would read and cost to generate a block.
 *
 * @param typedPrompt returns a prompt that is typed and not saved yet, or null.
 */
export function dryRunOfBlock({ documentId, id: blockId, version }: Block, typedPrompt: () => string | null) {
  return queryOptions({
    queryKey: [...documentKeys.one(documentId), "dry-run", blockId, version],
    queryFn: ({ signal }): Promise<DryRun> => {
      const prompt = typedPrompt();
      const order = { type: "GENERATE" as const, documentId, blockId, applyMode: "auto" as const };
      const body = prompt ? { ...order, prompt } : order;
      return unwrap(client.POST("/api/report-builder/jobs/dry-run", { body, signal }));
    },
    retry: false,
  });
}

/** What it would read and cost to generate these blocks of a document. */
export function dryRunOfDocument(id: string, blockIds: string[]) {
  return queryOptions({
    queryKey: [...documentKeys.one(id), "dry-run", blockIds],
    queryFn: ({ signal }): Promise<DryRun> => {
      const body = { type: "GENERATE" as const, blockIds, applyMode: "auto" as const };
      return unwrap(client.POST("/api/report-builder/{id}/jobs/dry-run", { params: { path: { id } }, body, signal }));
    },
    retry: false,
  });
}
