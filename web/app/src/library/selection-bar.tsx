import { Checkbox, Group, Text } from "@mantine/core";
import { type ReactNode, useEffect, useRef } from "react";
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
  const all = useRef<HTMLInputElement>(null);
  const hadSome = useRef(false);

  // The button that had the focus goes away with the selection.
  useEffect(() => {
    const isLost = document.activeElement === null || document.activeElement === document.body;
    if (hadSome.current && number === 0 && isLost) all.current?.focus();
    hadSome.current = number > 0;
  }, [number]);

  return (
    <Group gap="sm" mih={36} mb={6} role="group" aria-label="Selection">
      <Checkbox
        ref={all}
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
