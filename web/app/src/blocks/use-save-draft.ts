import { ApiError, type Block } from "@report-builder/jobs";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { addressOf, readBlock, useChangeBlock } from "../api/blocks";
import { useRefreshDocument } from "../api/documents";
import type { Draft } from "./drafts";

/**
 * Saves an edit unless the block is newer than the version it was made to; then `newer` is the block as it stands,
 * and the reader chooses.
 */
export function useSaveDraft(block: Block, onSaved: () => void) {
  const address = addressOf(block);
  const change = useChangeBlock(address);
  const refresh = useRefreshDocument(block.documentId);
  const [newer, setNewer] = useState<Block | null>(null);

  const saving = useMutation({
    mutationFn: async ({ draft, version }: { draft: Draft; version: number }) => {
      try {
        await change.mutateAsync({ patch: patchOf(block, draft), version });
        return null;
      } catch (error) {
        if (error instanceof ApiError && error.status === 412) return readBlock(address);
        throw error;
      }
    },
    onSuccess: (found) => {
      setNewer(found);
      if (found === null) onSaved();
    },
  });

  async function takeNewer() {
    await refresh();
    onSaved();
  }

  return {
    save: (draft: Draft, version: number) => saving.mutate({ draft, version }),
    isSaving: saving.isPending,
    error: saving.error,
    newer,
    takeNewer,
  };
}

/** Only a prompt block has a prompt; an empty text is none. */
function patchOf(block: Block, draft: Draft) {
  const content = draft.content === "" ? null : draft.content;
  return block.type === "PROMPT_RESPONSE"
    ? { prompt: draft.prompt === "" ? null : draft.prompt, content }
    : { content };
}
