import type { Source } from "../api/library";
import { date, humanize } from "../components/format";
import { labelOf } from "../components/labels";

export function titleOf(source: Source): string {
  return source.type === "REVIEW"
    ? `${humanize(source.entry.type)} review of ${source.entry.year}`
    : source.entry.title;
}

/** The kind of a source as a short label, such as `PR authored · Jul 1, 2026`. */
export function kindOf(source: Source): string {
  switch (source.type) {
    case "EVIDENCE":
      return `${labelOf(source.entry.type)} · ${date(source.entry.occurredAt)}`;
    case "GOAL":
      return `Goal · ${humanize(source.entry.status)}`;
    case "REVIEW":
      return "Review";
  }
}

export function textOf(source: Source): string {
  switch (source.type) {
    case "EVIDENCE":
      return source.entry.summary;
    case "GOAL":
      return source.entry.description;
    case "REVIEW":
      return source.entry.content;
  }
}
