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
  useEffect(() => {
    latest.current = reveal;
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies(key): a second click on the same link leads there again.
  useEffect(() => {
    if (!isWhole || hash === "") return undefined;
    const blockId = hash.slice(1);
    latest.current(blockId);
    const frame = requestAnimationFrame(() => {
      document.getElementById(blockId)?.scrollIntoView();
      focusBlock(blockId);
    });
    return () => cancelAnimationFrame(frame);
  }, [hash, key, isWhole]);
}
