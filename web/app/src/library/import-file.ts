import { readCsv } from "./import-csv";
import { readJson } from "./import-json";
import type { ImportFile } from "./import-row";

/**
 * The text of a file, without a byte order mark.
 *
 * @throws {Error} if it is not UTF-8: accents would be stored as question marks.
 */
export function decoded(bytes: BufferSource): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("The file is not UTF-8. Save it as CSV UTF-8.");
  }
}

/**
 * Reads evidence from a file: JSON (a list, `{"items": […]}` or an object a line) or CSV with the names of the fields
 * in its first row.
 *
 * @throws {Error} if it is neither or has nothing; the message is fit to show.
 */
export function readImportFile(text: string): ImportFile {
  const file = /^\s*[[{]/.test(text) ? readJson(text) : readCsv(text);
  if (file.rows.length + file.rejected.length === 0) throw new Error("The file has no entries.");
  return file;
}
