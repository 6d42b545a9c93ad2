import { ApiError, type Block, type BlockPatch } from "@report-builder/jobs";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { addressOf, readBlock, useChangeBlock } from "../api/blocks";
import { useRefreshDocument } from "../api/documents";
import { changesOf, conflictsOf, type Draft, isChanged, textsOf } from "./drafts";

/**
 * Saves what an edit has changed. If somebody else has changed the same text since, `newer` is the block as it stands,
 * and the reader chooses.
 */
export function useSaveDraft(block: Block, onSaved: () => void) {
  const address = addressOf(block);
  const change = useChangeBlock(address);
  const refresh = useRefreshDocument(block.documentId);
  const [newer, setNewer] = useState<Block | null>(null);

  /** Resolves to the block as it stands if that is in conflict with the edit. */
  async function send(draft: Draft, version: number): Promise<Block | null> {
    if (!isChanged(draft)) return null;
    try {
      await change.mutateAsync({ patch: patchOf(draft), version });
      return null;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 412)) throw error;
      const found = await readBlock(address);
      return conflictsOf(draft, textsOf(found)).length > 0 ? found : send(draft, found.version);
    }
  }

  const saving = useMutation({
    mutationFn: ({ draft, version }: { draft: Draft; version: number }) => send(draft, version),
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

/** An empty text is none. */
function patchOf(draft: Draft): BlockPatch {
  const changes = Object.entries(changesOf(draft));
  return Object.fromEntries(changes.map(([name, text]) => [name, text === "" ? null : text]));
}
