import { type FormEvent, useState } from "react";

/**
 * Tracks input in a dialog since it was opened. A dirty dialog should ignore clicks outside and Escape, because closing
 * it would lose the input. The choice of a file does not count as input.
 */
export function useDirty(opened: boolean) {
  const [isDirty, setIsDirty] = useState(false);
  if (!opened && isDirty) setIsDirty(false);

  function onInput({ target }: FormEvent) {
    const isFile = target instanceof HTMLInputElement && target.type === "file";
    if (!isFile) setIsDirty(true);
  }

  return { isDirty, onInput };
}
