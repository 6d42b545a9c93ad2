import { IconPlus } from "@tabler/icons-react";
import { type FocusEvent, type KeyboardEvent, useRef, useState } from "react";
import { AddBlock } from "./add-block";
import classes from "./insert-block.module.css";

interface InsertBlockProps {
  documentId: string;
  /** The place of the new block, from 0. */
  position: number;
}

/** The gap above a block, with a button that adds another block there. The button appears on hover and focus. */
export function InsertBlock({ documentId, position }: InsertBlockProps) {
  const [isChoosing, setIsChoosing] = useState(false);
  const button = useRef<HTMLButtonElement>(null);

  function closeOnEscape(event: KeyboardEvent) {
    if (event.key !== "Escape") return;
    setIsChoosing(false);
    button.current?.focus();
  }

  function closeOnLeave({ currentTarget, relatedTarget }: FocusEvent) {
    // Without a new focus, the pressed button is waiting for its answer.
    if (relatedTarget !== null && !currentTarget.contains(relatedTarget)) setIsChoosing(false);
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields.
    <div
      role="group"
      aria-label={`Between block ${position} and block ${position + 1}`}
      className={classes.gap}
      onKeyDown={closeOnEscape}
      onBlur={closeOnLeave}
    >
      <button
        ref={button}
        type="button"
        className={classes.button}
        aria-label="Add a block here"
        aria-expanded={isChoosing}
        title="Add a block here"
        onClick={() => setIsChoosing(!isChoosing)}
      >
        <IconPlus size={15} aria-hidden />
      </button>
      {isChoosing && (
        <div className={classes.choices}>
          <AddBlock documentId={documentId} position={position} autoFocus onAdded={() => setIsChoosing(false)} />
        </div>
      )}
    </div>
  );
}
