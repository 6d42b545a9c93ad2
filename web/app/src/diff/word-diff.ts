import { type ChangeObject, diffArrays, diffLines } from "diff";
import { piecesOf } from "./words";

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
  const byWords = diffArrays(piecesOf(before), piecesOf(after), options);
  if (byWords) return byWords.map((change) => ({ kind: kindOf(change), text: change.value.join("") }));
  return (
    diffLines(before, after, options)?.map((change) => ({ kind: kindOf(change), text: change.value })) ?? [
      { kind: "removed", text: before },
      { kind: "added", text: after },
    ]
  );
}

function kindOf({ added, removed }: Pick<ChangeObject<unknown>, "added" | "removed">): Change["kind"] {
  return added ? "added" : removed ? "removed" : "same";
}
