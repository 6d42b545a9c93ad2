import { items, records, type Span } from "./records";

/** The limits of the service for one request: rows, and bytes with some room for what is repeated. */
const MAX_ROWS = 2_000;
const MAX_BYTES = 4 * 1024 * 1024 - 64 * 1024;

/** A part of a file, which is a file of its own. */
export interface Part {
  text: string;
  /** Items of the list that stand in earlier parts. */
  itemsBefore: number;
}

/**
 * Divides a file that is too long for one request. Each part repeats the header of a table, or the bracket of a list.
 * Empty lines stand for the rows of earlier parts, so that the service reports the lines of the whole file.
 */
export function partsOf(text: string): Part[] {
  const isList = holdsList(text);
  const rows = isList ? items(text) : records(text);
  const header =
    isList || /^\s*\{/.test(text) ? 0 : rows.findIndex((row) => isHeader(text.slice(row.start, row.end))) + 1;
  const head = text.slice(0, rows[header - 1]?.end ?? 0);
  const body = rows.slice(header);
  if (bytes(text) <= MAX_BYTES && body.length <= MAX_ROWS) return [{ text, itemsBefore: 0 }];
  // An LF behind a CR would be the same end of a line.
  const emptyLine = head.endsWith("\r") ? "\r" : "\n";
  const [open, close] = isList ? ["[", "]"] : ["", ""];
  return spansOf(text, body, bytes(head)).map(({ start, end, itemsBefore }) => {
    const skipped = emptyLine.repeat(lineEnds(text.slice(head.length, start)));
    return { text: `${head}${open}${skipped}${text.slice(start, end)}${close}`, itemsBefore };
  });
}

export function mediaTypeOf({ text }: Part): "application/json" | "text/csv" {
  return /^\s*[[{]/.test(text) ? "application/json" : "text/csv";
}

function holdsList(text: string): boolean {
  if (/^\s*\[/.test(text)) return true;
  if (!/^\s*\{/.test(text)) return false;
  try {
    const whole: unknown = JSON.parse(text);
    return typeof whole === "object" && whole !== null && "items" in whole && Array.isArray(whole.items);
  } catch {
    return false;
  }
}

/** Whether a line names the columns: it has content, and is not the `sep=` of Excel. */
function isHeader(line: string): boolean {
  return /[\p{L}\p{N}]/u.test(line) && !/^\s*sep=/i.test(line);
}

function spansOf(text: string, rows: readonly Span[], headBytes: number): (Span & { itemsBefore: number })[] {
  const spans: (Span & { itemsBefore: number })[] = [];
  let size = 0;
  let count = 0;
  rows.forEach((row, itemsBefore) => {
    const last = spans.at(-1);
    const rowBytes = bytes(text.slice(last?.end ?? row.start, row.end));
    if (last && count < MAX_ROWS && headBytes + size + rowBytes <= MAX_BYTES) {
      last.end = row.end;
      size += rowBytes;
      count++;
    } else {
      spans.push({ ...row, itemsBefore });
      size = bytes(text.slice(row.start, row.end));
      count = 1;
    }
  });
  return spans;
}

/** The ends of lines in a text. A CR and an LF together are one. */
function lineEnds(text: string): number {
  return text.match(/\r\n|\r|\n/g)?.length ?? 0;
}

function bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}
