import { useEffect } from "react";
import { useLocation } from "react-router";

/** Scrolls to the block in the URL hash. Browsers do this only for elements that exist when the page loads. */
export function useScrollToHash(): void {
  const { hash } = useLocation();
  useEffect(() => {
    if (hash !== "") document.getElementById(hash.slice(1))?.scrollIntoView();
  }, [hash]);
}
