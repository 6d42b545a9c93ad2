import type { Block } from "@report-builder/jobs";

/** What the reader has typed into a block and not saved. */
export interface Draft {
  prompt: string;
  content: string;
  /** The version of the block that was on the screen when the edit began. */
  version: number;
}

export function draftOf(block: Block): Draft {
  return { prompt: block.prompt ?? "", content: block.content ?? "", version: block.version };
}

const keyOf = (blockId: string) => `report-builder.draft.${blockId}`;

/** The unsaved edit of a block, which outlives a reload of the page. */
export function readDraft(blockId: string): Draft | null {
  const stored = sessionStorage.getItem(keyOf(blockId));
  if (stored === null) return null;
  const draft: unknown = JSON.parse(stored);
  return isDraft(draft) ? draft : null;
}

export function keepDraft(blockId: string, draft: Draft): void {
  try {
    sessionStorage.setItem(keyOf(blockId), JSON.stringify(draft));
  } catch (error) {
    // The storage is full: the edit is still on the screen, only a reload would lose it.
    console.warn("The unsaved edit cannot be kept for a reload.", error);
  }
}

export function dropDraft(blockId: string): void {
  sessionStorage.removeItem(keyOf(blockId));
}

function isDraft(value: unknown): value is Draft {
  return (
    typeof value === "object" &&
    value !== null &&
    "prompt" in value &&
    typeof value.prompt === "string" &&
    "content" in value &&
    typeof value.content === "string" &&
    "version" in value &&
    typeof value.version === "number"
  );
}
