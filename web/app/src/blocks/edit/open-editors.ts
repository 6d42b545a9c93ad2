import { useEffect, useRef } from "react";

/** Saves what is typed and closes the editor. Resolves to false if it is not saved. The editor then says why. */
type Save = () => Promise<boolean>;

/** The open editors of the page, by block id. */
const editors = new Map<string, Save>();

/** Lets {@link saveOpenEditor} save the editor of a block. */
export function useOpenEditor(blockId: string, save: Save): void {
  const latest = useRef(save);
  useEffect(() => {
    latest.current = save;
  });
  useEffect(() => {
    const saveNow = () => latest.current();
    editors.set(blockId, saveNow);
    return () => {
      if (editors.get(blockId) === saveNow) editors.delete(blockId);
    };
  }, [blockId]);
}

/** Saves what is typed in the editor of a block, if it is open. Resolves to false if it is not saved. */
export async function saveOpenEditor(blockId: string): Promise<boolean> {
  return (await editors.get(blockId)?.()) ?? true;
}
