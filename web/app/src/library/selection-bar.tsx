import { Checkbox, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { count } from "../components/format";
import type { Selection } from "./use-selection";

interface SelectionBarProps<Entry extends { id: string }> {
  selection: Selection<Entry>;
  /** What can be done with the selected entries. Shown only if there are some. */
  children: ReactNode;
}

/** Selects all that is shown, says how many are selected, and offers what can be done with them. */
export function SelectionBar<Entry extends { id: string }>({ selection, children }: SelectionBarProps<Entry>) {
  const number = selection.selected.length;
  return (
    <Group gap="sm" mih={36} role="group" aria-label="Selection">
      <Checkbox
        size="sm"
        label="Select all shown"
        checked={selection.hasAll}
        indeterminate={number > 0 && !selection.hasAll}
        onChange={(event) => selection.toggleAll(event.currentTarget.checked)}
      />
      <Text size="sm" c="dimmed" role="status">
        {number > 0 && `${count(number)} selected`}
      </Text>
      {number > 0 && children}
    </Group>
  );
}
