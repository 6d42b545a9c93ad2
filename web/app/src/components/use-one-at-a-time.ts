import { useRef } from "react";

/**
 * Starts what it is given unless the last one is still under way, so that a double click counts once. What is started
 * calls `done` when it has ended. (`isPending` of a mutation comes with the next rendering, too late for that.)
 */
export function useOneAtATime(): (start: (done: () => void) => void) => void {
  const isRunning = useRef(false);
  return (start) => {
    if (isRunning.current) return;
    isRunning.current = true;
    start(() => {
      isRunning.current = false;
    });
  };
}
