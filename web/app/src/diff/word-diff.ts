import { type ChangeObject, diffLines, diffWordsWithSpace } from "diff";

/** A stretch of text that two texts share, or that only one of them has. */
export interface Change {
  kind: "same" | "added" | "removed";
  text: string;
}

/** A comparison that takes longer is made more coarsely, so that the page does not freeze. */
const TIMEOUT_MS = 150;

/** What became of `before` in `after`: word by word; by lines or as a whole if the texts are long and unlike. */
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
