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

interface AddBlockProps {
  documentId: string;
  /** The place of the new block. Default: the end. */
  position?: number;
  /** Focuses the first button. */
  autoFocus?: boolean;
  onAdded?: () => void;
}

/** Buttons that add a block to a document. */
export function AddBlock({ documentId, position, autoFocus = false, onAdded }: AddBlockProps) {
  const add = useAddBlock(documentId, (block) => {
    startEditing(block);
    onAdded?.();
  });
  const guard = useInFlightGuard();
  return (
    <>
      <Group gap="xs">
        {CHOICES.map(({ type, label, Icon }, index) => (
          <Button
            key={type}
            size="sm"
            variant="default"
            leftSection={<Icon size={16} stroke={1.7} />}
            autoFocus={autoFocus && index === 0}
            disabled={add.isPending}
            loading={add.isPending && add.variables.type === type}
            onClick={() =>
              guard((done) => add.mutate(position === undefined ? { type } : { type, position }, { onSettled: done }))
            }
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
