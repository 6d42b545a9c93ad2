import type { Source } from "../api/library";
import { date, words } from "../components/format";
import { nameOf } from "../library/choices";

/** What a source is called in a list. */
export function titleOf(source: Source): string {
  return source.type === "REVIEW" ? `${words(source.entry.type)} review of ${source.entry.year}` : source.entry.title;
}

/** What kind of source it is, in a few words. */
export function kindOf(source: Source): string {
  switch (source.type) {
    case "EVIDENCE":
      return `${nameOf(source.entry.type)} · ${date(source.entry.occurredAt)}`;
    case "GOAL":
      return `Goal · ${words(source.entry.status)}`;
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
