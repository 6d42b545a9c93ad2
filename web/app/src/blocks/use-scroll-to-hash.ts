import { useEffect, useRef } from "react";
import { useLocation } from "react-router";
import { focusBlock } from "./focus-block";

/**
 * Leads to the block in the URL hash. Browsers do this only for elements that exist when the page loads.
 *
 * @param isWhole false while blocks are missing.
 * @param reveal shows a block that is hidden.
 */
export function useScrollToHash(isWhole: boolean, reveal: (blockId: string) => void): void {
  const { hash, key } = useLocation();
  const latest = useRef(reveal);
  /** The block that the page still has to lead to. */
  const wanted = useRef<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies(key): a second click on the same link leads there again.
  useEffect(() => {
    if (!isWhole || hash === "") return;
    wanted.current = hash.slice(1);
    latest.current(wanted.current);
  }, [hash, key, isWhole]);
  // After each drawing, because a hidden block is shown by the next one.
  useEffect(() => {
    latest.current = reveal;
    const block = wanted.current === null ? null : document.getElementById(wanted.current);
    if (block === null || block.hidden) return;
    wanted.current = null;
    block.scrollIntoView();
    focusBlock(block.id);
  });
}
