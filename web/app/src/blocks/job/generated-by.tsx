import { Text } from "@mantine/core";
import type { Block } from "@report-builder/jobs";
import { dateTime, pluralize } from "../../components/format";
import { OFFLINE_WRITER } from "../../jobs/writer";

/** The model, evidence count and time of the last job that wrote the block, and whether the user has edited the text. */
export function GeneratedBy({ block: { metadata, contentBy } }: { block: Block }) {
  const { model, evidenceCount } = metadata;
  const writtenAt = metadata.refinedAt ?? metadata.generatedAt;
  if (typeof model !== "string" || typeof writtenAt !== "string") return null;
  const work = metadata.refinedAt ? "refinement" : "draft";
  const basis = typeof evidenceCount === "number" ? ` from ${pluralize(evidenceCount, "piece")} of evidence` : "";
  return (
    <Text size="xs" c="dimmed" mt="xs" data-no-copy>
      {model === OFFLINE_WRITER ? "Sample text of the offline writer, not of Claude," : `Last ${work} by ${model}`}
      {basis}, {dateTime(writtenAt)}
      {contentBy === "USER" && ". Edited by you since then."}
    </Text>
  );
}
