import { useState } from "react";

/** Which of the shown entries are selected. An entry that is no longer shown does not count. */
export function useSelection<Entry extends { id: string }>(shown: readonly Entry[]) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const selected = shown.filter(({ id }) => ids.has(id));

  return {
    selected,
    hasAll: shown.length > 0 && selected.length === shown.length,
    has: (id: string) => ids.has(id),
    toggle: (id: string, isSelected: boolean) => {
      const others = [...ids].filter((other) => other !== id);
      setIds(new Set(isSelected ? [...others, id] : others));
    },
    /** Selects all that is shown, or nothing. */
    toggleAll: (isSelected: boolean) => setIds(new Set(isSelected ? shown.map(({ id }) => id) : [])),
  };
}

export type Selection<Entry extends { id: string }> = ReturnType<typeof useSelection<Entry>>;
