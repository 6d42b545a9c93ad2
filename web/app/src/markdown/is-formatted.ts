/** Parsing takes the page about a millisecond for 100 characters. */
const LENGTH_AT_MOST = 30_000;
/** The parser compares each of these with those before it; a text has a few hundred, unless it is made to be slow. */
const MARKERS_AT_MOST = 3_000;

/** Whether a text is shown as Markdown; another one is shown as it is written, so that the page does not freeze. */
export function isFormatted(text: string): boolean {
  return text.length <= LENGTH_AT_MOST && (text.match(/[*_~[\]]/g)?.length ?? 0) <= MARKERS_AT_MOST;
}
