import { Modal } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./overlay.module.css";
import { useDirty } from "./use-dirty";

export interface DialogProps {
  opened: boolean;
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** The code of `Dialog`. */
export default function DialogWindow({ opened, title, onClose, children }: DialogProps) {
  const { isDirty, onInput } = useDirty(opened);
  return (
    <Modal.Root
      opened={opened}
      onClose={onClose}
      closeOnClickOutside={!isDirty}
      closeOnEscape={!isDirty}
      centered
      classNames={{ content: classes.surface ?? "" }}
    >
      <Modal.Overlay />
      <Modal.Content radius="lg">
        {/* Screen readers would announce Mantine's own header as a second banner. */}
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
