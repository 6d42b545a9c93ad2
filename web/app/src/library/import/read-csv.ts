import Papa from "papaparse";
import { type ImportFile, mayBeEvidence } from "./import-row";

/** The type of a cell. `texts` is a list that is separated by semicolons. */
type Cell = "text" | "number" | "texts";

const COLUMNS: Record<string, Cell> = {
  type: "text",
  title: "text",
  summary: "text",
  category: "text",
  scope: "text",
  occurredAt: "text",
  url: "text",
  repo: "text",
  number: "number",
  "metrics.additions": "number",
  "metrics.deletions": "number",
  "metrics.changedFiles": "number",
  criteria: "texts",
  externalId: "text",
};

/** Parses CSV with commas, semicolons or tabs as separators. The header is row 1. */
export function readCsv(text: string): ImportFile {
  const { data, errors } = Papa.parse<string[]>(text, { delimitersToGuess: [",", ";", "\t"] });
  // The parser reads everything after an open quote as one cell, so later rows are lost.
  const open = errors.find(({ code }) => code === "MissingQuotes");
  if (open) throw new Error(`A quote that is opened in row ${(open.row ?? 0) + 1} is not closed.`);
  const [header = [], ...records] = data;
  const columns = header.map((title) => Object.keys(COLUMNS).find((name) => plain(name) === plain(title)) ?? null);
  if (columns.every((column) => column === null)) {
    throw new Error(`The first row must name the fields, such as ${Object.keys(COLUMNS).slice(0, 6).join(", ")}.`);
  }
  const file: ImportFile = { rows: [], rejected: [], notes: [] };
  const unknown = header.filter((title, index) => columns[index] === null && title.trim() !== "");
  if (unknown.length > 0) file.notes.push(`Columns that are not imported: ${unknown.join(", ")}`);
  records.forEach((cells, index) => {
    const position = `row ${index + 2}`;
    if (cells.every((cell) => cell.trim() === "")) return;
    if (cells.length !== header.length) {
      const reason = `has ${cells.length} cells, but the first row has ${header.length}. Is a quote or a comma missing?`;
      file.rejected.push({ position, title: "", reason });
      return;
    }
    const entry = entryOf(columns, cells);
    if (mayBeEvidence(entry)) file.rows.push({ position, entry });
  });
  return file;
}

/**
 * Normalizes a column name. `Occurred at`, `occurred_at` and `occurredAt` match, as do `additions` and
 * `metrics.additions`.
 */
function plain(name: string): string {
  const last = name.split(".").at(-1) ?? "";
  return last.replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
}

function entryOf(columns: readonly (string | null)[], cells: readonly string[]): Record<string, unknown> {
  const entry: Record<string, unknown> = {};
  const metrics: Record<string, unknown> = {};
  columns.forEach((column, index) => {
    const cell = cells[index]?.trim() ?? "";
    if (column === null || cell === "") return;
    const value = cellValue(cell, COLUMNS[column] ?? "text");
    if (column.startsWith("metrics.")) metrics[column.slice("metrics.".length)] = value;
    else entry[column] = value;
  });
  if (Object.keys(metrics).length > 0) entry.metrics = metrics;
  return entry;
}

function cellValue(cell: string, kind: Cell): unknown {
  if (kind === "texts")
    return cell
      .split(";")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  // A text in a number column is sent unchanged. The service rejects it with a reason.
  if (kind === "number" && Number.isFinite(Number(cell))) return Number(cell);
  return cell;
}
