import { Drawer, Loader } from "@mantine/core";
import { type ReactNode, Suspense } from "react";
import { CrashBoundary } from "../layout/crash-boundary";
import classes from "./overlay.module.css";
import { useDirty } from "./use-dirty";

export interface SidePanelProps {
  opened: boolean;
  title: string;
  onClose: () => void;
  /** False prevents closing, for example while an import runs. Default: true. */
  canClose?: boolean;
  children: ReactNode;
}

/** The code of `SidePanel`. */
export default function SidePanelWindow({ opened, title, onClose, canClose = true, children }: SidePanelProps) {
  const { isDirty, onInput } = useDirty(opened);
  const closes = canClose && !isDirty;
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
        {/* Screen readers would announce Mantine's own header as a second banner. */}
        <div className={classes.header}>
          <Drawer.Title className={classes.title}>{title}</Drawer.Title>
          <Drawer.CloseButton aria-label="Close" disabled={!canClose} />
        </div>
        <Drawer.Body className={classes.body} onInput={onInput}>
          <CrashBoundary of="part">
            <Suspense fallback={<Loader size="sm" aria-label="Loading" />}>{children}</Suspense>
          </CrashBoundary>
        </Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}
