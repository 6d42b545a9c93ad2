import { ActionIcon, Menu } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import type { Block } from "@report-builder/jobs";
import {
  IconArrowDown,
  IconArrowUp,
  IconDots,
  IconGripVertical,
  IconHistory,
  IconPencil,
  IconTrash,
} from "@tabler/icons-react";
import type { PointerEvent } from "react";
import { idsOf, useDeleteBlock } from "../api/blocks";
import { ActionMenu } from "../components/action-menu";
import { Confirm } from "../components/confirm";
import classes from "./block.module.css";
import { focusContent } from "./focus-block";
import { HistoryDrawer } from "./history/history-drawer";

interface BlockToolsProps {
  block: Block;
  /** Names the block in the labels of its buttons. */
  name: string;
  index: number;
  isLast: boolean;
  onEdit: () => void;
  onMove: (blockId: string, by: -1 | 1) => void;
  /** The pointer has taken the handle of the block. */
  onGrab: (event: PointerEvent<HTMLElement>, blockId: string) => void;
}

/** The toolbar of a block: move, edit, history and delete. */
export function BlockTools({ block, name, index, isLast, onEdit, onMove, onGrab }: BlockToolsProps) {
  const remove = useDeleteBlock(idsOf(block), focusContent);
  const [deleting, deletion] = useDisclosure(false);
  const [historyOpened, history] = useDisclosure(false);
  const isPhone = useMediaQuery("(max-width: 36em)", false, { getInitialValueInEffect: false });
  const isDivider = block.type === "DIVIDER";
  const up: Action = {
    label: "Move up",
    Icon: IconArrowUp,
    disabled: index === 0,
    onClick: () => onMove(block.id, -1),
  };
  const down: Action = {
    label: "Move down",
    Icon: IconArrowDown,
    disabled: isLast,
    onClick: () => onMove(block.id, 1),
  };
  const versions: Action = { label: "History", Icon: IconHistory, onClick: history.open };
  // A phone has room for two.
  const hidden = isPhone ? [up, down, ...(isDivider ? [] : [versions])] : [];

  return (
    <>
      <div className={classes.tools} data-no-print>
        {!isPhone && (
          <>
            {/* The keyboard has the two buttons beside it. */}
            <span
              className={classes.handle}
              aria-hidden
              title="Drag to move"
              data-testid="handle"
              onPointerDown={(event) => onGrab(event, block.id)}
            >
              <IconGripVertical size={17} stroke={1.7} />
            </span>
            <Tool {...up} of={name} />
            <Tool {...down} of={name} />
          </>
        )}
        {!isDivider && <Tool label="Edit" of={name} onClick={onEdit} Icon={IconPencil} />}
        {!isDivider && !isPhone && <Tool {...versions} of={name} />}
        <ActionMenu label={`More: ${name}`} icon={<IconDots size={17} stroke={1.7} />}>
          {hidden.map(({ label, Icon, ...action }) => (
            <Menu.Item key={label} leftSection={<Icon size={16} />} {...action}>
              {label}
            </Menu.Item>
          ))}
          <Menu.Item c="var(--mantine-color-error)" leftSection={<IconTrash size={16} />} onClick={deletion.open}>
            Delete block
          </Menu.Item>
        </ActionMenu>
      </div>
      <HistoryDrawer block={block} opened={historyOpened} onClose={history.close} />
      <Confirm
        opened={deleting}
        title="Delete this block?"
        message="Its text and its history are deleted too, and a job that is writing it ends. This cannot be undone."
        confirmLabel="Delete"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({})}
        onClose={deletion.close}
      />
    </>
  );
}

interface Action {
  label: string;
  Icon: typeof IconArrowUp;
  disabled?: boolean;
  onClick: () => void;
}

/** @param of the block, for users who hear the label without seeing where the button is. */
function Tool({ label, of, Icon, disabled = false, onClick }: Action & { of: string }) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={`${label}: ${of}`}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon size={17} stroke={1.7} aria-hidden />
    </ActionIcon>
  );
}
