import { type FormEvent, useState } from "react";

/**
 * Whether something was typed into a window since it was opened. A stray click or Escape then does not close it and
 * throw the text away.
 */
export function useTyped(opened: boolean) {
  const [typed, setTyped] = useState(false);
  if (!opened && typed) setTyped(false);

  function onInput({ target }: FormEvent) {
    const isFile = target instanceof HTMLInputElement && target.type === "file";
    if (!isFile) setTyped(true);
  }

  return { typed, onInput };
}
