import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./overlay.module.css";
import { useTyped } from "./use-typed";

interface DialogProps {
  opened: boolean;
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A small window over the page. What is in it begins afresh each time it is opened. */
export function Dialog({ opened, title, onClose, children }: DialogProps) {
  const { typed, onInput } = useTyped(opened);
  return (
    <Modal.Root
      opened={opened}
      onClose={onClose}
      closeOnClickOutside={!typed}
      closeOnEscape={!typed}
      centered
      classNames={{ content: classes.surface ?? "" }}
    >
      <Modal.Overlay />
      <Modal.Content radius="lg">
        {/* Mantine's own header is a second banner to screen readers. */}
        <div className={classes.header}>
          <Modal.Title className={classes.title}>{title}</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body className={classes.body} onInput={onInput}>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
