import classes from "./citations.module.css";
import type { Footnote } from "./footnotes";
import { SourceButton } from "./source-button";

/** The number of a footnote in a text, with its source. */
export function CitationMark({ footnote }: { footnote: Footnote }) {
  return (
    <SourceButton source={footnote} className={classes.mark} label={`Source ${footnote.number}`}>
      [{footnote.number}]
    </SourceButton>
  );
}
