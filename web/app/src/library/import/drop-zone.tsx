import { Button, FileButton, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { type DragEvent, useEffect, useEffectEvent, useRef, useState } from "react";
import classes from "./import.module.css";

interface DropZoneProps {
  disabled: boolean;
  onFile: (file: File) => void;
}

/** Accepts a file by drag and drop, by a file dialog or by pasting it or its text. */
export function DropZone({ disabled, onFile }: DropZoneProps) {
  const [isOver, setIsOver] = useState(false);
  const clear = useRef<() => void>(null);

  /** The same file may be chosen again, for example with another name of the person. */
  function choose(file: File | null) {
    clear.current?.();
    if (file) onFile(file);
  }

  function drop(event: DragEvent) {
    event.preventDefault();
    setIsOver(false);
    const file = event.dataTransfer.files[0];
    if (file && !disabled) onFile(file);
  }

  const paste = useEffectEvent((event: ClipboardEvent) => {
    const isTyping = event.target instanceof Element && event.target.closest("input, textarea") !== null;
    const file = pastedFile(event.clipboardData);
    if (disabled || isTyping || file === null) return;
    event.preventDefault();
    onFile(file);
  });
  useEffect(() => {
    const listener = (event: ClipboardEvent) => paste(event);
    document.addEventListener("paste", listener);
    return () => document.removeEventListener("paste", listener);
  }, []);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping needs a mouse, and the button does the same by keyboard.
    <div
      className={classes.zone}
      data-over={isOver || undefined}
      data-testid="drop-zone"
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={drop}
    >
      <IconUpload size={28} stroke={1.4} aria-hidden />
      <Text size="sm">Drop a JSON or CSV file here, or paste it</Text>
      <FileButton
        accept=".json,.jsonl,.ndjson,.csv,application/json,text/csv"
        resetRef={clear}
        onChange={choose}
        inputProps={{ "aria-label": "File to import" }}
      >
        {(props) => (
          <Button {...props} size="sm" variant="default" disabled={disabled}>
            Choose a file
          </Button>
        )}
      </FileButton>
    </div>
  );
}

function pastedFile(pasted: DataTransfer | null): File | null {
  const text = pasted?.getData("text/plain") ?? "";
  return pasted?.files[0] ?? (text.trim() === "" ? null : new File([text], "pasted text"));
}
