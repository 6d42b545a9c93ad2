import { ActionIcon, Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Block } from "@report-builder/jobs";
import { IconArrowDown, IconArrowUp, IconDots, IconHistory, IconPencil, IconTrash } from "@tabler/icons-react";
import { idsOf, useChangeBlock, useDeleteBlock } from "../api/blocks";
import { ActionMenu } from "../components/action-menu";
import { Confirm } from "../components/confirm";
import { ProblemAlert } from "../components/problem-alert";
import classes from "./block.module.css";
import { HistoryDrawer } from "./history/history-drawer";

interface BlockToolsProps {
  block: Block;
  index: number;
  isLast: boolean;
  onEdit: () => void;
}

/** The toolbar of a block: move, edit, history and delete. */
export function BlockTools({ block, index, isLast, onEdit }: BlockToolsProps) {
  const ids = idsOf(block);
  const move = useChangeBlock(ids);
  const remove = useDeleteBlock(ids, focusContent);
  const [deleting, deletion] = useDisclosure(false);
  const [historyOpened, history] = useDisclosure(false);
  const moveTo = (position: number) => move.mutate({ patch: { position } });
  const isDivider = block.type === "DIVIDER";

  return (
    <>
      <div className={classes.tools}>
        <Tool
          label="Move up"
          disabled={index === 0 || move.isPending}
          onClick={() => moveTo(index - 1)}
          Icon={IconArrowUp}
        />
        <Tool
          label="Move down"
          disabled={isLast || move.isPending}
          onClick={() => moveTo(index + 1)}
          Icon={IconArrowDown}
        />
        {!isDivider && <Tool label="Edit" onClick={onEdit} Icon={IconPencil} />}
        {!isDivider && <Tool label="History" onClick={history.open} Icon={IconHistory} />}
        <ActionMenu label="More" icon={<IconDots size={17} stroke={1.7} />}>
          <Menu.Item c="var(--mantine-color-error)" leftSection={<IconTrash size={16} />} onClick={deletion.open}>
            Delete block
          </Menu.Item>
        </ActionMenu>
      </div>
      <ProblemAlert error={move.error} title="The block cannot be moved" />
      <HistoryDrawer block={block} opened={historyOpened} onClose={history.close} />
      <Confirm
        opened={deleting}
        title="Delete this block?"
        message="Its text and its history are deleted too, and a job that is writing it ends. This cannot be undone."
        confirmLabel="Delete"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate()}
        onClose={deletion.close}
      />
    </>
  );
}

/** Focuses the page content, because the focused block disappears. */
function focusContent() {
  document.getElementById("content")?.focus({ preventScroll: true });
}

interface ToolProps {
  label: string;
  Icon: typeof IconArrowUp;
  disabled?: boolean;
  onClick: () => void;
}

function Tool({ label, Icon, disabled = false, onClick }: ToolProps) {
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={label} title={label} disabled={disabled} onClick={onClick}>
      <Icon size={17} stroke={1.7} aria-hidden />
    </ActionIcon>
  );
}
