import { startTransition, useEffect, useState } from "react";

const STEP = 2;

/**
 * How many of `total` blocks are drawn. A long document is drawn in steps from the top, and the page answers between
 * them. Once it is whole, it stays whole.
 */
export function useDrawnInSteps(total: number): number {
  const [drawn, setDrawn] = useState(0);
  useEffect(() => {
    const isLast = drawn + STEP >= total;
    if (drawn < total) startTransition(() => setDrawn(isLast ? Number.POSITIVE_INFINITY : drawn + STEP));
  }, [drawn, total]);
  return Math.min(drawn, total);
}
