import { Stack } from "@mantine/core";
import type { Block, Job } from "@report-builder/jobs";
import { useJobs } from "../api/jobs";
import { BlockCard } from "./block-card";
import { jobsOfBlock } from "./job/jobs-of-block";
import { useDrawnInSteps } from "./use-drawn-in-steps";
import { useScrollToHash } from "./use-scroll-to-hash";

interface BlockListProps {
  documentId: string;
  blocks: readonly Block[];
  /** The jobs of the document that are or were in flight. */
  followed: readonly Job[];
}

export function BlockList({ documentId, blocks, followed }: BlockListProps) {
  const ended = useJobs({ documentId, status: ["COMPLETED", "FAILED"], type: ["GENERATE", "REFINE"], limit: 100 });
  const drawn = useDrawnInSteps(blocks.length);
  useScrollToHash(drawn === blocks.length);
  const firstHeading = blocks.findIndex(({ type }) => type === "HEADING");
  return (
    <Stack gap="md">
      {blocks.slice(0, drawn).map((block, index) => (
        <BlockCard
          key={block.id}
          block={block}
          index={index}
          isLast={index === blocks.length - 1}
          headingLevel={firstHeading >= 0 && firstHeading < index ? 3 : 2}
          {...jobsOfBlock(block.id, followed, ended.items)}
        />
      ))}
    </Stack>
  );
}
