import type { SourceType } from "@report-builder/jobs";

/** Identifies a cited entry of the library. */
export interface SourceReference {
  sourceType: SourceType;
  sourceId: string;
  /** The cited passages of the source, without duplicates. */
  quotes: string[];
}
