import { Button, FileButton, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { type DragEvent, useRef, useState } from "react";
import classes from "./import.module.css";

interface DropZoneProps {
  disabled: boolean;
  onFile: (file: File) => void;
}

/** Accepts a file by drag and drop or by a file dialog. */
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
      <Text size="sm">Drop a JSON or CSV file here</Text>
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
