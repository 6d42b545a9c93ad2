import type { Citation } from "@report-builder/jobs";

/** A source that a text cites. */
export interface Footnote {
  /** Counts the sources from 1, in the order in which the text mentions them first. */
  number: number;
  sourceType: Citation["sourceType"];
  sourceId: Citation["sourceId"];
  /** The words of the source that were named, each once. */
  quotes: string[];
}

/** A place of a text that carries the number of a footnote. */
export interface Mark {
  /** Index into the text in UTF-16 units, as JavaScript counts; the mark stands before it. */
  index: number;
  number: number;
}

export interface Footnotes {
  footnotes: Footnote[];
  /** In the order of the text. */
  marks: Mark[];
}

/**
 * Numbers the sources of a text. A citation's offsets count Unicode code points, which is not how
 * JavaScript counts: an emoji is one of the former and two of the latter.
 */
export function footnotesOf(text: string, citations: readonly Citation[]): Footnotes {
  const ordered = [...citations].sort((one, other) => one.end - other.end || one.start - other.start);
  const indexes = utf16Indexes(
    text,
    ordered.map((citation) => citation.end),
  );
  const footnotes = new Map<string, Footnote>();
  const marks: Mark[] = [];
  ordered.forEach((citation, position) => {
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
    const index = withoutTrailingSpace(text, indexes[position] ?? text.length);
    const there = marks.some((mark) => mark.index === index && mark.number === footnote.number);
    if (!there) marks.push({ index, number: footnote.number });
  });
  return { footnotes: [...footnotes.values()], marks };
}

/** For each offset in code points, in ascending order, the index in UTF-16 units; the text's end at most. */
function utf16Indexes(text: string, offsets: readonly number[]): number[] {
  let codePoints = 0;
  let index = 0;
  return offsets.map((offset) => {
    while (codePoints < offset && index < text.length) {
      index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
      codePoints += 1;
    }
    return index;
  });
}

/** A number belongs to the word before it, not to the line after it. */
function withoutTrailingSpace(text: string, index: number): number {
  let end = index;
  while (end > 0 && /\s/u.test(text.charAt(end - 1))) end -= 1;
  return end;
}
