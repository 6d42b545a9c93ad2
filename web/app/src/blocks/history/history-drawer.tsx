import type { Block } from "@report-builder/jobs";
import { lazy } from "react";
import { SidePanel } from "../../components/side-panel";

const Revisions = lazy(() => import("./revisions"));

interface HistoryDrawerProps {
  block: Block;
  opened: boolean;
  onClose: () => void;
}

/** The revisions of a block's content, with a button to restore each. */
export function HistoryDrawer({ block, opened, onClose }: HistoryDrawerProps) {
  return (
    <SidePanel opened={opened} onClose={onClose} title="History">
      <Revisions block={block} />
    </SidePanel>
  );
}
