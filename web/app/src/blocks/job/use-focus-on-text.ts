import { type RefCallback, type RefObject, useRef } from "react";

interface ArrivalOptions {
  /** The last job that was started here, or null. */
  startedId: string | null;
  /** The job whose text is shown now, as content or as a proposal, or null. */
  shownId: string | null;
  /** The elements that may have the focus while the user waits. */
  waiting: readonly RefObject<HTMLElement | null>[];
}

/**
 * Moves the focus to the text of a job when it has arrived, unless the user has focused something else meanwhile.
 * Returns the ref for the element with the text. React calls it when the element appears and at each render.
 */
export function useFocusOnText({ startedId, shownId, waiting }: ArrivalOptions): RefCallback<HTMLElement> {
  const focusedFor = useRef<string | null>(null);
  return (text) => {
    if (text === null || startedId === null || shownId !== startedId || focusedFor.current === startedId) return;
    focusedFor.current = startedId;
    const focused = document.activeElement;
    const isWaiting = focused === document.body || waiting.some(({ current }) => current === focused);
    if (isWaiting) text.focus({ preventScroll: true });
  };
}
