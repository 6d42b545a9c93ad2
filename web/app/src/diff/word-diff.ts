import { type ChangeObject, diffLines, diffWordsWithSpace } from "diff";

/** A piece of text that is in both texts or in only one of them. */
export interface Change {
  kind: "same" | "added" | "removed";
  text: string;
}

/** Maximum milliseconds for one comparison. After that a coarser comparison runs, so that the page does not freeze. */
const TIMEOUT_MS = 150;

/** Compares two texts by words. Long and very different texts are compared by lines or as a whole. */
export function wordDiff(before: string, after: string): Change[] {
  const options = { timeout: TIMEOUT_MS };
  const changes = diffWordsWithSpace(before, after, options) ?? diffLines(before, after, options);
  return (
    changes?.map(toChange) ?? [
      { kind: "removed", text: before },
      { kind: "added", text: after },
    ]
  );
}

function toChange(change: ChangeObject<string>): Change {
  const kind = change.added ? "added" : change.removed ? "removed" : "same";
  return { kind, text: change.value };
}
