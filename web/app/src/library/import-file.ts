import { readCsv } from "./import-csv";
import { type ImportFile, mayBeEvidence } from "./import-row";

/**
 * Reads evidence from a file: JSON (a list, `{"items": […]}` or an object a line) or CSV with the names of the fields
 * in its first row.
 *
 * @throws {Error} if it is neither; the message is fit to show.
 */
export function readImportFile(text: string): ImportFile {
  const content = text.replace(/^\uFEFF/, "");
  return /^\s*[[{]/.test(content) ? readJson(content) : readCsv(content);
}

function readJson(text: string): ImportFile {
  const file: ImportFile = { rows: [], rejected: [], notes: [] };
  itemsIn(text).forEach((entry, index) => {
    const place = `item ${index + 1}`;
    if (mayBeEvidence(entry)) file.rows.push({ place, entry });
    else file.rejected.push({ place, title: "", reason: "is not an object" });
  });
  return file;
}

function itemsIn(text: string): unknown[] {
  const value = parsed(text) ?? parsed(`[${text.trim().split(/\r?\n/).join(",")}]`);
  if (value === undefined) throw new Error("The file is not valid JSON.");
  if (Array.isArray(value)) return value;
  if (typeof value === "object" && value !== null && "items" in value && Array.isArray(value.items)) return value.items;
  return [value];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
