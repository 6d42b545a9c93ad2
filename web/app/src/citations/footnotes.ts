import type { Citation } from "@report-builder/jobs";
import type { Mark } from "../markdown/remark-annotations";
import { indexesOf } from "./offsets";
import type { SourceReference } from "./source-reference";

/** A source that a text cites. */
export interface Footnote extends SourceReference {
  /** Counts from 1, in the order in which the text cites the sources first. */
  number: number;
}

export interface Footnotes {
  footnotes: Footnote[];
  /** In text order. */
  marks: Mark[];
}

/** Numbers the sources of a text. */
export function footnotesOf(text: string, citations: readonly Citation[]): Footnotes {
  const ordered = [...citations].sort((one, other) => one.end - other.end || one.start - other.start);
  const indexOf = indexesOf(
    text,
    ordered.map((citation) => citation.end),
  );
  const footnotes = new Map<string, Footnote>();
  const marks: Mark[] = [];
  for (const citation of ordered) {
    const key = `${citation.sourceType} ${citation.sourceId}`;
    const footnote = footnotes.get(key) ?? {
      number: footnotes.size + 1,
      sourceType: citation.sourceType,
      sourceId: citation.sourceId,
      quotes: [],
    };
    footnotes.set(key, footnote);
    if (citation.citedText !== "" && !footnote.quotes.includes(citation.citedText)) {
      footnote.quotes.push(citation.citedText);
    }
    const index = withoutTrailingSpace(text, indexOf(citation.end));
    const exists = marks.some((mark) => mark.index === index && mark.number === footnote.number);
    if (!exists) marks.push({ index, number: footnote.number });
  }
  return { footnotes: [...footnotes.values()], marks };
}

/** Moves the index before trailing white space, so that a mark follows the last word and is not on the next line. */
function withoutTrailingSpace(text: string, index: number): number {
  let end = index;
  while (end > 0 && /\s/u.test(text.charAt(end - 1))) end -= 1;
  return end;
}
