import { Stack } from "@mantine/core";
import type { Block } from "@report-builder/jobs";
import { BlockCard } from "./block-card";
import { useScrollToHash } from "./use-scroll-to-hash";
import { useUnappliedDrafts } from "./use-unapplied-drafts";

interface BlockListProps {
  documentId: string;
  blocks: readonly Block[];
}

/** The blocks of a document, in its order. */
export function BlockList({ documentId, blocks }: BlockListProps) {
  const unapplied = useUnappliedDrafts(documentId, blocks);
  useScrollToHash();
  const firstHeading = blocks.findIndex(({ type }) => type === "HEADING");
  return (
    <Stack gap="md">
      {blocks.map((block, index) => (
        <BlockCard
          key={block.id}
          block={block}
          index={index}
          isLast={index === blocks.length - 1}
          headingLevel={firstHeading >= 0 && firstHeading < index ? 3 : 2}
          unapplied={unapplied.find((job) => job.blockId === block.id) ?? null}
        />
      ))}
    </Stack>
  );
}
