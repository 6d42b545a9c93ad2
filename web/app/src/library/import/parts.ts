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
 * Empty lines stand for the rows of earlier parts, so that the service reports the lines of the whole file. A file of
 * another form stays whole, and the service says what is wrong with it.
 */
export function partsOf(text: string): Part[] {
  const list = items(text);
  const isTable = list === null && !/^\s*\{/.test(text);
  const rows = list ?? records(text, isTable);
  const header = isTable ? rows.findIndex((row) => isHeader(text.slice(row.start, row.end))) + 1 : 0;
  const head = text.slice(0, rows[header - 1]?.end ?? 0);
  const body = rows.slice(header);
  const isShort = bytes(text) <= MAX_BYTES && body.length <= MAX_ROWS;
  // Empty lines stand for all lines before a part.
  const isTall = bytes(head) + lineEnds(text) > MAX_BYTES / 2;
  if (body.length === 0 || isShort || isTall) return [{ text, itemsBefore: 0 }];
  // An LF behind a CR would be the same end of a line.
  const emptyLine = head.endsWith("\r") ? "\r" : "\n";
  const [open, close] = list ? ["[", "]"] : ["", ""];
  return spansOf(text, body, head).map(({ start, end, itemsBefore }) => {
    const skipped = emptyLine.repeat(lineEnds(text.slice(head.length, start)));
    return { text: `${head}${open}${skipped}${text.slice(start, end)}${close}`, itemsBefore };
  });
}

export function mediaTypeOf({ text }: Part): "application/json" | "text/csv" {
  return /^\s*[[{]/.test(text) ? "application/json" : "text/csv";
}

/** Whether a line names the columns: it has content, and is not the `sep=` of Excel. */
function isHeader(line: string): boolean {
  return /[\p{L}\p{N}]/u.test(line) && !/^\s*sep=/i.test(line);
}

function spansOf(text: string, rows: readonly Span[], head: string): (Span & { itemsBefore: number })[] {
  const spans: (Span & { itemsBefore: number })[] = [];
  /** Bytes of the part so far, with what it repeats. */
  let size = 0;
  let count = 0;
  rows.forEach((row, itemsBefore) => {
    const last = spans.at(-1);
    const rowBytes = bytes(text.slice(last?.end ?? row.start, row.end));
    if (last && count < MAX_ROWS && size + rowBytes <= MAX_BYTES) {
      last.end = row.end;
      size += rowBytes;
      count++;
    } else {
      spans.push({ ...row, itemsBefore });
      size = bytes(head) + lineEnds(text.slice(head.length, row.start)) + bytes(text.slice(row.start, row.end));
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
