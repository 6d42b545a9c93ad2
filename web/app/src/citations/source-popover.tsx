import { Popover } from "@mantine/core";
import { cloneElement, type ReactElement, useState } from "react";
import classes from "./citations.module.css";
import { SourceDetails } from "./source-details";
import type { SourceReference } from "./source-reference";

interface SourcePopoverProps {
  source: SourceReference;
  /** The button that opens the popover. */
  children: ReactElement<{ onClick?: () => void }>;
}

/** A popover with a source. The source is fetched when the popover opens. */
export function SourcePopover({ source, children }: SourcePopoverProps) {
  const [opened, setOpened] = useState(false);
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      width={340}
      classNames={{ dropdown: classes.popover ?? "" }}
      position="bottom"
      shadow="lg"
      trapFocus
      returnFocus
      withArrow
    >
      <Popover.Target>{cloneElement(children, { onClick: () => setOpened((was) => !was) })}</Popover.Target>
      <Popover.Dropdown aria-label="Source">
        {opened && <SourceDetails source={source} onClose={() => setOpened(false)} />}
      </Popover.Dropdown>
    </Popover>
  );
}
