import type { Citation } from "@report-builder/jobs";
import { memo, useCallback, useMemo } from "react";
import { Markdown } from "../markdown/markdown";
import { CitationMark } from "./citation-mark";
import { footnotesOf } from "./footnotes";
import { SourceList } from "./source-list";

interface CitedTextProps {
  text: string;
  citations: readonly Citation[];
  headingLevel?: 2 | 3 | 4;
}

/** A text with footnote numbers, and the list of its sources below. */
export const CitedText = memo(function CitedText({ text, citations, headingLevel = 3 }: CitedTextProps) {
  const { footnotes, marks } = useMemo(() => footnotesOf(text, citations), [text, citations]);
  const renderMark = useCallback(
    (number: number) => {
      const footnote = footnotes[number - 1];
      return footnote ? <CitationMark footnote={footnote} /> : null;
    },
    [footnotes],
  );
  return (
    <>
      <Markdown text={text} headingLevel={headingLevel} marks={marks} renderMark={renderMark} />
      <SourceList footnotes={footnotes} />
    </>
  );
});
