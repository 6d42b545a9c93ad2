/** Parsing takes about 1 ms for 100 characters. */
const MAX_CHARS = 30_000;
/** The parser compares each underline of a heading with all earlier lines. */
const MAX_LINES = 2_500;
/** The parser compares each marker with all earlier markers. A normal text has a few hundred of them. */
const MAX_MARKERS = 3_000;
/** Quotes and lists within each other. The parser and the browser need space on their stack for each of them. */
export const MAX_DEPTH = 24;
/** The parser fills up the rows of a table, so that a short text can have millions of cells. */
const MAX_CELLS = 5_000;

/**
 * Why a text is shown as it is, without Markdown, or null if it can be parsed. A text that is too large, or made to be
 * slow, would freeze the page. The time of this check grows with the length of the text and with nothing else.
 */
export function whyPlain(text: string): string | null {
  if (text.length > MAX_CHARS) return `it is longer than ${MAX_CHARS.toLocaleString()} characters`;
  if (countOf(text, /[*_~[\]]/g) > MAX_MARKERS) return "it has too many formatting characters";
  const lines = text.split(/\r\n?|\n/);
  if (lines.length > MAX_LINES) return `it has more than ${MAX_LINES.toLocaleString()} lines`;
  if (lines.some((line) => depthOf(line) > MAX_DEPTH)) return TOO_DEEP;
  if (mostCells(lines) > MAX_CELLS) return "it has a table that is too large";
  if (/^ {0,3}(?:`{3,}|~{3,})[^\n\r]*\s*$/.test(text)) return "it has nothing but the beginning of a code block";
  return null;
}

export const TOO_DEEP = "its lists, quotes or formats are nested too deeply";

/** The most quotes and lists that a line can be in: one for each of its markers, and for two columns before them. */
function depthOf(line: string): number {
  const marker = /[ \t]*(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t]))/y;
  let depth = 0;
  let columns = 0;
  for (let found = marker.exec(line); found !== null; found = marker.exec(line)) {
    for (const character of found[0]) columns += character === "\t" ? 4 : character === " " ? 1 : 0;
    depth += 1;
  }
  return depth === 0 ? 0 : depth + Math.floor((columns - depth) / 2);
}

/** The most cells of a table in the text. Its second line, such as `|---|---|`, has the number of its columns. */
function mostCells(lines: readonly string[]): number {
  let columns = 0;
  let rows = 0;
  let most = 0;
  for (const line of lines) {
    const isDelimiter = line.includes("-") && /^[ \t>|:-]*$/.test(line);
    if (isDelimiter) columns = Math.max(columns, countOf(line, /\|/g) + 1);
    if (line.trim() === "") columns = 0;
    rows = columns === 0 ? 0 : rows + 1;
    most = Math.max(most, columns * rows);
  }
  return most;
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
