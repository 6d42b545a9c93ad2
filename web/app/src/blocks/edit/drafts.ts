import type { Block } from "@report-builder/jobs";
import { MAX_BODY_BYTES } from "../../api/limits";

const NAMES = ["prompt", "content", "maxCharacters"] as const;

/** What can be edited of a block. What is missing is an empty string. */
export interface Texts {
  prompt: string;
  content: string;
  /** The most characters of a draft. */
  maxCharacters: string;
}

/** An unsaved edit of a block. */
export interface Draft extends Texts {
  /** The version of the block when the edit started. */
  version: number;
  /** The texts of that version. */
  before: Texts;
}

export function textsOf({ prompt, content, maxCharacters }: Pick<Block, (typeof NAMES)[number]>): Texts {
  return { prompt: prompt ?? "", content: content ?? "", maxCharacters: maxCharacters?.toString() ?? "" };
}

export function draftOf(block: Block): Draft {
  const before = textsOf(block);
  return { ...before, version: block.version, before };
}

/** The texts that the user has changed. */
export function changesOf(draft: Draft): Partial<Texts> {
  const changed = NAMES.filter((name) => draft[name] !== draft.before[name]);
  return Object.fromEntries(changed.map((name) => [name, draft[name]]));
}

export function isChanged(draft: Draft): boolean {
  return Object.keys(changesOf(draft)).length > 0;
}

/** How many bytes the changed texts are too long to be saved in one request. 0 if they fit. */
export function excessBytes(draft: Draft): number {
  const size = new TextEncoder().encode(JSON.stringify(changesOf(draft))).length;
  return Math.max(0, size - MAX_BODY_BYTES);
}

/** The texts that both the user and another client have changed, to different results. */
export function conflictsOf(draft: Draft, newer: Texts) {
  return NAMES.filter(
    (name) => draft[name] !== draft.before[name] && newer[name] !== draft.before[name] && newer[name] !== draft[name],
  ).map((name) => ({ name, mine: draft[name], theirs: newer[name] }));
}

const keyOf = (blockId: string) => `report-builder.draft.${blockId}`;

/** The unsaved edit of a block from the session storage, which survives a reload of the page. */
export function readDraft(blockId: string): Draft | null {
  const stored = sessionStorage.getItem(keyOf(blockId));
  if (stored === null) return null;
  const draft: unknown = JSON.parse(stored);
  if (!isDraft(draft)) return null;
  // A draft that an older version of the page has stored has no limit.
  return { ...{ maxCharacters: "" }, ...draft, before: { ...{ maxCharacters: "" }, ...draft.before } };
}

export function saveDraft(blockId: string, draft: Draft): void {
  try {
    sessionStorage.setItem(keyOf(blockId), JSON.stringify(draft));
  } catch (error) {
    // The storage is full. The edit is still on the page, and only a reload would lose it.
    console.warn("The unsaved edit cannot be kept for a reload.", error);
  }
}

export function deleteDraft(blockId: string): void {
  sessionStorage.removeItem(keyOf(blockId));
}

function isDraft(value: unknown): value is Draft {
  return (
    hasTexts(value) &&
    "version" in value &&
    typeof value.version === "number" &&
    "before" in value &&
    hasTexts(value.before)
  );
}

function hasTexts(value: unknown): value is Texts {
  return (
    typeof value === "object" &&
    value !== null &&
    "prompt" in value &&
    typeof value.prompt === "string" &&
    "content" in value &&
    typeof value.content === "string"
  );
}
