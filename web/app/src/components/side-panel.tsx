import { Drawer, Loader } from "@mantine/core";
import { type ReactNode, Suspense } from "react";
import classes from "./overlay.module.css";
import { useTyped } from "./use-typed";

interface SidePanelProps {
  opened: boolean;
  title: string;
  onClose: () => void;
  /** Whether it may be closed now. Default: true. */
  canClose?: boolean;
  children: ReactNode;
}

/** A panel at the right edge. What is in it may be loaded lazily, and begins afresh each time it is opened. */
export function SidePanel({ opened, title, onClose, canClose = true, children }: SidePanelProps) {
  const { typed, onInput } = useTyped(opened);
  const closes = canClose && !typed;
  return (
    <Drawer.Root
      opened={opened}
      onClose={onClose}
      closeOnClickOutside={closes}
      closeOnEscape={closes}
      position="right"
      size="38rem"
      classNames={{ content: classes.surface ?? "" }}
    >
      <Drawer.Overlay />
      <Drawer.Content>
        {/* Mantine's own header is a second banner to screen readers. */}
        <div className={classes.header}>
          <Drawer.Title className={classes.title}>{title}</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" disabled={!canClose} />
        </div>
        <Drawer.Body className={classes.body} onInput={onInput}>
          <Suspense fallback={<Loader size="sm" aria-label="Loading" />}>{children}</Suspense>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
