import type { ImportFile } from "./import-row";
import { readCsv } from "./read-csv";
import { readJson } from "./read-json";

/**
 * Decodes a file and drops a byte order mark.
 *
 * @throws {Error} if the file is not UTF-8. Its accents would otherwise be stored as replacement characters.
 */
export function decoded(bytes: BufferSource): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error("The file is not UTF-8. Save it as CSV UTF-8.");
  }
}

/**
 * Reads evidence from JSON or CSV. JSON is a list, `{"items": […]}` or one object per line. CSV has the field names in
 * its first row.
 *
 * @throws {Error} with a message for the user, if the text is neither or has no entries.
 */
export function readImportFile(text: string): ImportFile {
  const file = /^\s*[[{]/.test(text) ? readJson(text) : readCsv(text);
  if (file.rows.length + file.rejected.length === 0) throw new Error("The file has no entries.");
  return file;
}
