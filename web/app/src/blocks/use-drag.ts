import { type PointerEvent, type RefObject, useCallback, useEffect, useRef, useState } from "react";

interface Drag {
  blockId: string;
  /** The place between the blocks under the pointer: 0 is before the first block. */
  gap: number;
}

interface DragOptions {
  /** The element with the blocks, which are its articles. */
  list: RefObject<HTMLElement | null>;
  onDrop: (blockId: string, gap: number) => void;
}

/** Near the edge of the window, the page scrolls. */
const EDGE = 70;
const SCROLL_STEP = 14;

/** Lets a pointer drag a block to another place. Escape ends it without a change. */
export function useDrag({ list, onDrop }: DragOptions) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const drop = useRef(onDrop);
  const end = useRef<(() => void) | null>(null);
  useEffect(() => {
    drop.current = onDrop;
  });
  useEffect(() => () => end.current?.(), []);

  const grab = useCallback(
    (event: PointerEvent<HTMLElement>, blockId: string) => {
      if (event.button !== 0) return;
      event.preventDefault();
      // The handle keeps the pointer, also outside of it and outside of the window.
      event.currentTarget.setPointerCapture(event.pointerId);
      const following = new AbortController();
      const { signal } = following;
      let y = event.clientY;
      let frame = requestAnimationFrame(function follow() {
        if (y < EDGE) window.scrollBy(0, -SCROLL_STEP);
        if (y > window.innerHeight - EDGE) window.scrollBy(0, SCROLL_STEP);
        const gap = gapAt(list.current, y);
        setDrag((was) => (was?.gap === gap ? was : { blockId, gap }));
        frame = requestAnimationFrame(follow);
      });
      function stop() {
        following.abort();
        cancelAnimationFrame(frame);
        end.current = null;
        setDrag(null);
      }
      end.current = stop;
      window.addEventListener("pointermove", ({ clientY }) => (y = clientY), { signal });
      window.addEventListener("pointercancel", stop, { signal });
      window.addEventListener("keydown", ({ key }) => key === "Escape" && stop(), { signal });
      window.addEventListener(
        "pointerup",
        ({ clientY }) => {
          stop();
          drop.current(blockId, gapAt(list.current, clientY));
        },
        { signal },
      );
    },
    [list],
  );
  return { drag, grab };
}

function gapAt(list: HTMLElement | null, y: number): number {
  const blocks = [...(list?.querySelectorAll<HTMLElement>(":scope > article") ?? [])];
  const below = blocks.findIndex((block) => {
    const { top, height } = block.getBoundingClientRect();
    return !block.hidden && y < top + height / 2;
  });
  return below < 0 ? blocks.length : below;
}
