import { Text } from "@mantine/core";
import type { Block } from "@report-builder/jobs";
import { countOf, dateTime } from "../components/format";

/** Who wrote a block's content and from what, if a job did. */
export function Origin({ block: { metadata } }: { block: Block }) {
  const { model, evidenceCount } = metadata;
  const writtenAt = metadata.refinedAt ?? metadata.generatedAt;
  if (typeof model !== "string" || typeof writtenAt !== "string") return null;
  const verb = metadata.refinedAt ? "Refined" : "Written";
  const basis = typeof evidenceCount === "number" ? ` from ${countOf(evidenceCount, "piece")} of evidence` : "";
  return (
    <Text size="xs" c="dimmed" mt="xs">
      {verb} by {model}
      {basis}, {dateTime(writtenAt)}
    </Text>
  );
}
