import type { Block } from "@report-builder/jobs";
import type { Range } from "../markdown/remark-annotations";
import { indexesOf } from "./offsets";

/** What a text rests on, as the service computes it. */
export type Grounding = NonNullable<Block["grounding"]>;

/** A part of a text that the reader should look at. */
export interface Passage extends Range {
  kind: "uncited" | "number" | "gap";
}

/** A passage `[To add: …]`. */
export interface Gap extends Range {
  /** What is missing. */
  words: string;
}

/** The sentences and numbers without a source, and the gaps. The result counts UTF-16 units. */
export function passagesOf(text: string, grounding: Grounding): Passage[] {
  const found = [
    ...grounding.uncited.map((passage) => ({ ...passage, kind: "uncited" as const })),
    ...grounding.unsupportedNumbers.map((passage) => ({ ...passage, kind: "number" as const })),
    ...grounding.gaps.map((passage) => ({ ...passage, kind: "gap" as const })),
  ];
  const indexOf = indexesOf(
    text,
    found.flatMap(({ start, end }) => [start, end]),
  );
  return found.map(({ kind, start, end }) => ({ kind, start: indexOf(start), end: indexOf(end) }));
}

export function gapsOf(text: string, passages: readonly Passage[]): Gap[] {
  return passages
    .filter(({ kind }) => kind === "gap")
    .map(({ start, end }) => ({ start, end, words: wordsOf(text.slice(start, end)) }));
}

function wordsOf(gap: string): string {
  return gap.replace(/^\[to add:\s*/i, "").replace(/\s*\]$/, "");
}
