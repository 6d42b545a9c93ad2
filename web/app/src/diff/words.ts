const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/** The segmenter needs much longer for one long text than for its parts, which are cut before a space where possible. */
const PARTS = /[\s\S]{1,500}(?=\s|$)|[\s\S]{1,500}/gu;

function segmentsOf(text: string): Intl.SegmentData[] {
  return (text.match(PARTS) ?? []).flatMap((part) => Array.from(segmenter.segment(part)));
}

/**
 * A text in words, spaces and marks, in this order. Joined together they are the text again. The rules are those of
 * Unicode, so a word of any script and a joined emoji are one piece each.
 */
export function piecesOf(text: string): string[] {
  return segmentsOf(text).map(({ segment }) => segment);
}

/** The words of a text in lower case, without spaces and marks. */
export function wordsOf(text: string): string[] {
  return segmentsOf(text).flatMap(({ segment, isWordLike }) => (isWordLike ? [segment.toLowerCase()] : []));
}

/** How many words two texts share: 0 for none, 1 for all. Two texts without words share all. */
export function similarity(one: readonly string[], other: readonly string[]): number {
  if (one.length + other.length === 0) return 1;
  const left = new Map<string, number>();
  for (const word of one) left.set(word, (left.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of other) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    shared += 1;
  }
  return (2 * shared) / (one.length + other.length);
}

/** With less than this in common, one text is a rewrite of the other. A diff would strike out nearly every word. */
export const MIN_SIMILARITY = 0.4;

/** Whether a text was rewritten so much that it is easier to read beside the old text than as changed words. */
export function isRewrite(before: string, after: string): boolean {
  return before !== "" && after !== "" && similarity(wordsOf(before), wordsOf(after)) < MIN_SIMILARITY;
}
