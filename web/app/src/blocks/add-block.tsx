import { Button, Group } from "@mantine/core";
import type { Block, BlockType } from "@report-builder/jobs";
import { IconAlignLeft, IconHeading, IconMessageQuestion, IconSeparator } from "@tabler/icons-react";
import { useAddBlock } from "../api/blocks";
import { ProblemAlert } from "../components/problem-alert";
import { useInFlightGuard } from "../components/use-in-flight-guard";
import { draftOf, saveDraft } from "./edit/drafts";

const CHOICES: { type: BlockType; label: string; Icon: typeof IconHeading }[] = [
  { type: "PROMPT_RESPONSE", label: "Add prompt", Icon: IconMessageQuestion },
  { type: "TEXT", label: "Add text", Icon: IconAlignLeft },
  { type: "HEADING", label: "Add heading", Icon: IconHeading },
  { type: "DIVIDER", label: "Add divider", Icon: IconSeparator },
];

/** Buttons that add a block at the end of a document. */
export function AddBlock({ documentId }: { documentId: string }) {
  const add = useAddBlock(documentId, startEditing);
  const guard = useInFlightGuard();
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
            onClick={() => guard((done) => add.mutate(type, { onSettled: done }))}
          >
            {label}
          </Button>
        ))}
      </Group>
      <ProblemAlert error={add.error} title="The block cannot be added" />
    </>
  );
}

/** Stores an unsaved edit, because a block with an unsaved edit opens in the editor. */
function startEditing(block: Block) {
  if (block.type !== "DIVIDER") saveDraft(block.id, draftOf(block));
}
