import { Text } from "@mantine/core";
import type { Block } from "@report-builder/jobs";
import { countOf, dateTime } from "../components/format";

/**
 * Which job wrote the block last, and from what. The reader may have edited the text since, so it does not say who
 * wrote what is there.
 */
export function Origin({ block: { metadata } }: { block: Block }) {
  const { model, evidenceCount } = metadata;
  const writtenAt = metadata.refinedAt ?? metadata.generatedAt;
  if (typeof model !== "string" || typeof writtenAt !== "string") return null;
  const work = metadata.refinedAt ? "refinement" : "draft";
  const basis = typeof evidenceCount === "number" ? ` from ${countOf(evidenceCount, "piece")} of evidence` : "";
  return (
    <Text size="xs" c="dimmed" mt="xs">
      Last {work} by {model}
      {basis}, {dateTime(writtenAt)}
    </Text>
  );
}
