import type { NewEvidence } from "@report-builder/jobs";

/** An entry of a file, with its place there: “item 3”, “row 7”. */
export interface ImportRow {
  place: string;
  entry: NewEvidence;
}

/** Why an entry of a file was not taken. */
export interface RejectedRow {
  place: string;
  title: string;
  reason: string;
}

export interface ImportFile {
  rows: ImportRow[];
  rejected: RejectedRow[];
  /** What else the reader should know, such as columns that are not read. */
  notes: string[];
}

/** Whether it can be sent at all: the service says what is wrong with an object, field by field. */
export function mayBeEvidence(value: unknown): value is NewEvidence {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
