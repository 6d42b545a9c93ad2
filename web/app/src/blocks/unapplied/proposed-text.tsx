import { Button } from "@mantine/core";
import type { Citation } from "@report-builder/jobs";
import { CitedText } from "../../citations/cited-text";
import { DiffText, TwoTexts } from "../../diff/diff-view";
import type { Row } from "../../diff/paragraph-diff";
import { Markdown } from "../../markdown/markdown";
import classes from "./proposed-text.module.css";

interface ProposedTextProps {
  rows: readonly Row[];
  /** The citations of the proposed text. */
  citations: readonly Citation[];
  pending: boolean;
  /** Null if the text is to be taken as a whole. */
  onAccept: ((row: Row) => void) | null;
}

const LABELS = { beforeLabel: "Your text", afterLabel: "The proposal" };

/** A proposal by paragraphs. Paragraphs with changed words show them, and a rewritten text stands beside the old one. */
export function ProposedText({ rows, citations, pending, onAccept }: ProposedTextProps) {
  const [only] = rows;
  if (rows.length === 1 && only?.kind === "rewritten") {
    return (
      <TwoTexts
        {...LABELS}
        before={only.mine && <Markdown text={only.mine} headingLevel={3} />}
        after={<CitedText text={only.theirs} citations={citations} headingLevel={3} />}
      />
    );
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields.
    <div role="group" className={classes.rows} tabIndex={0} aria-label="Your text and the proposal">
      {rows.map((row, index) => {
        const key = `${index} ${row.kind}`;
        if (row.kind === "same") {
          return (
            <div key={key} className={classes.same}>
              {row.mine.trim()}
            </div>
          );
        }
        return (
          <div key={key} className={classes.changed}>
            {row.kind === "changed" || row.mine === "" || row.theirs === "" ? (
              <DiffText before={row.mine.trim()} after={row.theirs.trim()} />
            ) : (
              <TwoTexts {...LABELS} before={row.mine.trim()} after={row.theirs.trim()} />
            )}
            {onAccept && (
              <Button
                className={classes.accept ?? ""}
                size="compact-xs"
                variant="default"
                disabled={pending}
                onClick={() => onAccept(row)}
              >
                {row.theirs === "" ? "Remove this paragraph" : "Accept this paragraph"}
              </Button>
            )}
          </div>
        );
      })}
    </div>
  );
}
