import type { NewEvidence } from "@report-builder/jobs";

export interface ImportRow {
  /** Position in the file, such as “item 3” or “row 7”. */
  position: string;
  entry: NewEvidence;
}

/** An entry of a file that was not imported. */
export interface RejectedRow {
  position: string;
  title: string;
  reason: string;
}

export interface ImportFile {
  rows: ImportRow[];
  rejected: RejectedRow[];
  /** Other messages for the user, such as columns that are not imported. */
  notes: string[];
}

/** True if the value is an object. The service validates its fields. */
export function mayBeEvidence(value: unknown): value is NewEvidence {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
