import { useRef } from "react";

/**
 * Returns a function that calls `start`, or ignores it while the last start is in flight. A double click then counts
 * once. `start` must call `done` when its request has ended. The `isPending` of a mutation changes with the next
 * render, which is too late for the second click.
 */
export function useInFlightGuard(): (start: (done: () => void) => void) => void {
  const isRunning = useRef(false);
  return (start) => {
    if (isRunning.current) return;
    isRunning.current = true;
    start(() => {
      isRunning.current = false;
    });
  };
}
