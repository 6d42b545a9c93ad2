import { Stack } from "@mantine/core";
import type { Block } from "@report-builder/jobs";
import { BlockCard } from "./block-card";
import { useUnappliedDrafts } from "./unapplied/unapplied-drafts";
import { useScrollToHash } from "./use-scroll-to-hash";

interface BlockListProps {
  documentId: string;
  blocks: readonly Block[];
}

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
