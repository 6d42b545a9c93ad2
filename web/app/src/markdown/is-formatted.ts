/** Parsing takes about 1 ms for 100 characters. */
const MAX_CHARS = 30_000;
/** The parser compares each marker with all earlier markers. A normal text has a few hundred of them. */
const MAX_MARKERS = 3_000;

/**
 * True if a text is small enough to be parsed as Markdown. Other texts are shown unparsed, or the page would freeze.
 */
export function isFormatted(text: string): boolean {
  return text.length <= MAX_CHARS && (text.match(/[*_~[\]]/g)?.length ?? 0) <= MAX_MARKERS;
}
