import type { Citation } from "@report-builder/jobs";
import { memo, useCallback, useId, useMemo } from "react";
import { Markdown, type RangePart } from "../markdown/markdown";
import { CitationMark } from "./citation-mark";
import { footnotesOf } from "./footnotes";
import { GapList } from "./gap-list";
import { PassagePart } from "./passage-part";
import { type Gap, type Grounding, gapsOf, type Passage, passagesOf } from "./passages";
import { SourceList } from "./source-list";
import { TruthLine } from "./truth-line";
import { useMarksShown } from "./use-marks-shown";

interface CitedTextProps {
  text: string;
  citations: readonly Citation[];
  /** What the text rests on. Without it, no sentence and no number is marked. */
  grounding?: Grounding | null;
  /** A person has written or edited the text. */
  isOwn?: boolean;
  headingLevel?: 2 | 3 | 4;
  /** Opens the editor at a gap. The indexes count UTF-16 units. Without it, a gap in the list leads to the text. */
  onEditGap?: (start: number, end: number) => void;
}

const NO_PASSAGES: readonly Passage[] = [];

/** A text with footnote numbers, what it rests on, and the list of its sources below. */
export const CitedText = memo(function CitedText({
  text,
  citations,
  grounding = null,
  isOwn = false,
  headingLevel = 3,
  onEditGap,
}: CitedTextProps) {
  const id = useId();
  const [marksShown] = useMarksShown();
  const { footnotes, marks } = useMemo(() => footnotesOf(text, citations), [text, citations]);
  const passages = useMemo(() => (grounding ? passagesOf(text, grounding) : NO_PASSAGES), [text, grounding]);
  const shown = useMemo(
    () => (marksShown ? passages : passages.filter(({ kind }) => kind === "gap")),
    [passages, marksShown],
  );
  const gaps = useMemo(() => gapsOf(text, passages), [text, passages]);
  const gapId = useCallback((start: number | undefined) => `${id}-gap-${start}`, [id]);
  const renderMark = useCallback(
    (number: number) => {
      const footnote = footnotes[number - 1];
      return footnote ? <CitationMark footnote={footnote} /> : null;
    },
    [footnotes],
  );
  const renderRange = useCallback(
    (part: RangePart) => <PassagePart {...part} passages={shown} gapId={gapId} />,
    [shown, gapId],
  );

  function choose({ start, end }: Gap) {
    if (onEditGap) onEditGap(start, end);
    else document.getElementById(gapId(start))?.focus();
  }

  return (
    <>
      <Markdown
        text={text}
        headingLevel={headingLevel}
        marks={marks}
        renderMark={renderMark}
        ranges={shown}
        renderRange={renderRange}
      />
      {grounding && <TruthLine grounding={grounding} hasOwnNumbers={isOwn && /\p{N}/u.test(text)} />}
      <GapList gaps={gaps} onChoose={choose} />
      <SourceList footnotes={footnotes} />
    </>
  );
});
