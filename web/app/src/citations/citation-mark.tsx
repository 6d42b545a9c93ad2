import classes from "./citations.module.css";
import type { Footnote } from "./footnotes";
import { SourcePopover } from "./source-popover";

/** The number of a footnote in a text. A click opens its source. */
export function CitationMark({ footnote }: { footnote: Footnote }) {
  return (
    <SourcePopover source={footnote}>
      <button type="button" className={classes.mark} aria-label={`Source ${footnote.number}`}>
        [{footnote.number}]
      </button>
    </SourcePopover>
  );
}
