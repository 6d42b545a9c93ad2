import { useEffect } from "react";
import { useLocation } from "react-router";

/** Shows the block that the address names after `#`, which browsers do only for what is there when the page loads. */
export function useScrollToHash(): void {
  const { hash } = useLocation();
  useEffect(() => {
    if (hash !== "") document.getElementById(hash.slice(1))?.scrollIntoView();
  }, [hash]);
}
