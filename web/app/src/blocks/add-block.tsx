import { Button, Group } from "@mantine/core";
import type { Block, BlockType } from "@report-builder/jobs";
import { IconAlignLeft, IconHeading, IconMessageQuestion, IconSeparator } from "@tabler/icons-react";
import { useAddBlock } from "../api/blocks";
import { ProblemAlert } from "../components/problem-alert";
import { useOneAtATime } from "../components/use-one-at-a-time";
import { draftOf, keepDraft } from "./drafts";

const CHOICES: { type: BlockType; label: string; Icon: typeof IconHeading }[] = [
  { type: "PROMPT_RESPONSE", label: "Add prompt", Icon: IconMessageQuestion },
  { type: "TEXT", label: "Add text", Icon: IconAlignLeft },
  { type: "HEADING", label: "Add heading", Icon: IconHeading },
  { type: "DIVIDER", label: "Add divider", Icon: IconSeparator },
];

/** Adds a block at the end of a document. */
export function AddBlock({ documentId }: { documentId: string }) {
  const add = useAddBlock(documentId, startEditing);
  const oneAtATime = useOneAtATime();
  return (
    <>
      <Group gap="xs" mt="lg">
        {CHOICES.map(({ type, label, Icon }) => (
          <Button
            key={type}
            size="sm"
            variant="default"
            leftSection={<Icon size={16} stroke={1.7} />}
            disabled={add.isPending}
            loading={add.isPending && add.variables === type}
            onClick={() => oneAtATime((done) => add.mutate(type, { onSettled: done }))}
          >
            {label}
          </Button>
        ))}
      </Group>
      <ProblemAlert error={add.error} title="The block cannot be added" />
    </>
  );
}

/** A new block opens for editing, as an unsaved edit does after a reload. */
function startEditing(block: Block) {
  if (block.type !== "DIVIDER") keepDraft(block.id, draftOf(block));
}
