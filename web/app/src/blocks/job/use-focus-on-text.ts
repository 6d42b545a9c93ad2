import { type RefObject, useEffect, useRef } from "react";

interface ArrivalOptions {
  /** The last job that was started here, or null. */
  startedId: string | null;
  /** The job whose text is shown now, as content or as a proposal, or null. */
  shownId: string | null;
  text: RefObject<HTMLElement | null>;
  /** The elements that may have the focus while the user waits. */
  waiting: readonly RefObject<HTMLElement | null>[];
}

/** Moves the focus to the text of a job when it has arrived, unless the user has focused something else meanwhile. */
export function useFocusOnText({ startedId, shownId, text, waiting }: ArrivalOptions): void {
  const focusedFor = useRef<string | null>(null);
  useEffect(() => {
    if (startedId === null || shownId !== startedId || focusedFor.current === startedId || !text.current) return;
    focusedFor.current = startedId;
    const focused = document.activeElement;
    const isWaiting = focused === document.body || waiting.some(({ current }) => current === focused);
    if (isWaiting) text.current.focus({ preventScroll: true });
  });
}
