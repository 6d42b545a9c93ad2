import { Popover } from "@mantine/core";
import { useTimeout, useWindowEvent } from "@mantine/hooks";
import { type FocusEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import classes from "./citations.module.css";
import { SourceDetails } from "./source-details";
import type { SourceReference } from "./source-reference";

interface SourceButtonProps {
  source: SourceReference;
  className: string | undefined;
  /** Default: the children. */
  label?: string;
  children: ReactNode;
}

const OPEN_MS = 150;
/** Time to move the pointer from the button into the popover. */
const CLOSE_MS = 250;

/**
 * A button with a popover that shows a source. The pointer or the keyboard focus on the button shows it, and leaving the
 * button hides it. A click, a tap or Enter moves the focus into the popover, which then stays until it is closed.
 */
export function SourceButton({ source, className, label, children }: SourceButtonProps) {
  const [state, setState] = useState<"closed" | "preview" | "open">("closed");
  const button = useRef<HTMLButtonElement>(null);
  const dropdown = useRef<HTMLDivElement>(null);
  const isReturning = useRef(false);
  const appear = useTimeout(() => setState((was) => (was === "closed" ? "preview" : was)), OPEN_MS);
  const disappear = useTimeout(() => setState((was) => (was === "preview" ? "closed" : was)), CLOSE_MS);

  function close() {
    appear.clear();
    if (state === "open") {
      isReturning.current = true;
      button.current?.focus();
      isReturning.current = false;
    }
    setState("closed");
  }

  function enter({ pointerType }: PointerEvent) {
    if (pointerType !== "mouse") return;
    disappear.clear();
    appear.start();
  }

  function leave() {
    appear.clear();
    disappear.start();
  }

  function focus({ currentTarget }: FocusEvent) {
    if (!isReturning.current && currentTarget.matches(":focus-visible")) setState("preview");
  }

  function blur({ relatedTarget }: FocusEvent) {
    if (state === "preview" && !dropdown.current?.contains(relatedTarget)) setState("closed");
  }

  useWindowEvent("keydown", ({ key }) => {
    if (key === "Escape" && state !== "closed") close();
  });

  return (
    <Popover
      opened={state !== "closed"}
      onChange={(opened) => !opened && setState("closed")}
      width={340}
      classNames={{ dropdown: classes.popover ?? "" }}
      position="bottom"
      shadow="lg"
      trapFocus={state === "open"}
      closeOnEscape={false}
      // The source is fetched when the popover opens, and then the popover grows.
      preventPositionChangeWhenVisible={false}
      middlewares={{ flip: true, shift: { padding: 8 }, size: { padding: 8 } }}
      withArrow
    >
      <Popover.Target>
        <button
          ref={button}
          type="button"
          className={className}
          aria-label={label}
          onClick={() => (state === "open" ? close() : setState("open"))}
          onPointerEnter={enter}
          onPointerLeave={leave}
          onFocus={focus}
          onBlur={blur}
        >
          {children}
        </button>
      </Popover.Target>
      <Popover.Dropdown ref={dropdown} aria-label="Source" onPointerEnter={disappear.clear} onPointerLeave={leave}>
        {state !== "closed" && <SourceDetails source={source} onClose={close} />}
      </Popover.Dropdown>
    </Popover>
  );
}
