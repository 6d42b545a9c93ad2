import { MIN_SIMILARITY, similarity, wordsOf } from "./words";

/** Paragraphs of two texts that belong together. One of the two may be empty. */
export interface Row {
  kind: "same" | "changed" | "rewritten";
  mine: string;
  theirs: string;
}

/** Beyond this many pairs of paragraphs, the two texts are one row, so that the page does not freeze. */
const MAX_PAIRS = 40_000;
const GAP = "\n\n";
/** A fence, or an indented line behind an empty one. */
const CODE_BLOCK = /```|~~~|\n[^\S\n]*\n(?: {4}| {0,3}\t)/;

/**
 * Puts the paragraphs of two texts beside each other. Paragraphs with many words in common make a row. What stands
 * between such rows makes one row too, because it cannot be said which of its paragraphs belong together. A text with a
 * block of code is one row: a paragraph of it, elsewhere, would be Markdown with links.
 */
export function paragraphDiff(mine: string, theirs: string): Row[] {
  if (CODE_BLOCK.test(theirs)) return [rowOf(mine, theirs)];
  const [left, right] = [paragraphsOf(mine), paragraphsOf(theirs)];
  const rows: Row[] = [];
  let [i, j] = [0, 0];
  const restUpTo = (endOfLeft: number, endOfRight: number) => {
    if (i < endOfLeft || j < endOfRight) {
      rows.push(rowOf(left.slice(i, endOfLeft).join(""), right.slice(j, endOfRight).join("")));
    }
    [i, j] = [endOfLeft, endOfRight];
  };
  for (const [pairLeft, pairRight] of pairsOf(left, right)) {
    restUpTo(pairLeft, pairRight);
    rows.push(rowOf(left[pairLeft] ?? "", right[pairRight] ?? ""));
    [i, j] = [pairLeft + 1, pairRight + 1];
  }
  restUpTo(left.length, right.length);
  return rows;
}

/** The text of `rows`, with their text in the rows that `takesTheirs` names, and mine in all others. */
export function merge(rows: readonly Row[], takesTheirs: (row: Row) => boolean): string {
  const parts = rows.map((row) => (takesTheirs(row) ? row.theirs : row.mine)).filter((part) => part !== "");
  // The last paragraph of a text has no gap after it.
  return parts
    .map((part, index) => (index < parts.length - 1 && !/\n\s*$/.test(part) ? part + GAP : part))
    .join("")
    .trimEnd();
}

function rowOf(mine: string, theirs: string): Row {
  if (mine.trim() === theirs.trim()) return { kind: "same", mine, theirs };
  const isAlike = isSimilar(wordsOf(mine), wordsOf(theirs));
  return { kind: isAlike ? "changed" : "rewritten", mine, theirs };
}

/** The paragraphs with the empty lines after them. Joined together they are the text again. */
function paragraphsOf(text: string): string[] {
  const parts = text.split(/(\n[^\S\n]*\n\s*)/);
  return parts.flatMap((part, index) => (index % 2 === 0 && part !== "" ? [part + (parts[index + 1] ?? "")] : []));
}

function isSimilar(one: readonly string[], other: readonly string[]): boolean {
  return similarity(one, other) >= MIN_SIMILARITY;
}

/** The pairs of similar paragraphs, by index, that have most in common altogether and are in order in both texts. */
function pairsOf(left: readonly string[], right: readonly string[]): [number, number][] {
  if (left.length * right.length > MAX_PAIRS) return [];
  const [leftWords, rightWords] = [left.map(wordsOf), right.map(wordsOf)];
  const alike = (i: number, j: number) => {
    if (left[i]?.trim() === right[j]?.trim()) return 1;
    const share = similarity(leftWords[i] ?? [], rightWords[j] ?? []);
    return share >= MIN_SIMILARITY ? share : 0;
  };
  const scores = left.map((_, i) => right.map((_, j) => alike(i, j)));
  // best[i][j] is the most that the paragraphs from i and from j can have in common.
  const best = Array.from({ length: left.length + 1 }, () => new Array<number>(right.length + 1).fill(0));
  const at = (table: number[][], i: number, j: number) => table[i]?.[j] ?? 0;
  for (let i = left.length - 1; i >= 0; i -= 1) {
    for (let j = right.length - 1; j >= 0; j -= 1) {
      const paired = at(scores, i, j) > 0 ? at(scores, i, j) + at(best, i + 1, j + 1) : 0;
      (best[i] as number[])[j] = Math.max(paired, at(best, i + 1, j), at(best, i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let [i, j] = [0, 0]; i < left.length && j < right.length; ) {
    const score = at(scores, i, j);
    if (score > 0 && at(best, i, j) === score + at(best, i + 1, j + 1)) {
      pairs.push([i, j]);
      i += 1;
      j += 1;
    } else if (at(best, i, j) === at(best, i + 1, j)) i += 1;
    else j += 1;
  }
  return pairs;
}
