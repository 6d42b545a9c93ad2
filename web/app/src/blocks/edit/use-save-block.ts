import { ApiError, type Block, type BlockPatch } from "@report-builder/jobs";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { idsOf, readBlock, useChangeBlock } from "../../api/blocks";
import { useRefreshDocument } from "../../api/documents";
import { changesOf, conflictsOf, type Draft, isChanged, textsOf } from "./drafts";

/**
 * Saves the changed texts of an edit. If another client has changed the same text, `newer` is the current block, and
 * the user chooses between the two.
 */
export function useSaveBlock(block: Block, onSaved: () => void) {
  const ids = idsOf(block);
  const change = useChangeBlock(ids);
  const refresh = useRefreshDocument(block.documentId);
  const [newer, setNewer] = useState<Block | null>(null);

  /** Resolves to null after a save, or to the current block if it conflicts with the edit. */
  async function send(draft: Draft, version: number): Promise<Block | null> {
    if (!isChanged(draft)) return null;
    try {
      await change.mutateAsync({ patch: patchOf(draft), version });
      return null;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 412)) throw error;
      const found = await readBlock(ids);
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
    /** Resolves to false if the edit is not saved. `error` or `newer` then says why. */
    save: (draft: Draft, version: number) =>
      saving.mutateAsync({ draft, version }).then(
        (found) => found === null,
        () => false,
      ),
    isSaving: saving.isPending,
    error: saving.error,
    newer,
    takeNewer,
  };
}

/** An empty text is sent as null, which removes it. */
function patchOf(draft: Draft): BlockPatch {
  const { maxCharacters, ...texts } = changesOf(draft);
  const patch: BlockPatch = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text || null]));
  return maxCharacters === undefined ? patch : { ...patch, maxCharacters: Number(maxCharacters) || null };
}
