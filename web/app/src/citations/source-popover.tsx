import { Popover } from "@mantine/core";
import type { SourceType } from "@report-builder/jobs";
import { cloneElement, type ReactElement, useState } from "react";
import classes from "./citations.module.css";
import { SourceDetails } from "./source-details";

export interface SourceReference {
  sourceType: SourceType;
  sourceId: string;
  /** The words of the source that were named. */
  quotes: string[];
}

interface SourcePopoverProps {
  source: SourceReference;
  /** The button that opens it. */
  children: ReactElement<{ onClick?: () => void }>;
}

/** A button that shows a source next to itself. The source is read when it is first asked for. */
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
