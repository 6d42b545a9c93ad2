import { useEffect } from "react";
import { useLocation } from "react-router";

/**
 * Scrolls to the block in the URL hash. Browsers do this only for elements that exist when the page loads.
 *
 * @param isWhole false while blocks are missing.
 */
export function useScrollToHash(isWhole: boolean): void {
  const { hash } = useLocation();
  useEffect(() => {
    if (isWhole && hash !== "") document.getElementById(hash.slice(1))?.scrollIntoView();
  }, [hash, isWhole]);
}
