import { lazy } from "react";
import { SidePanel } from "../components/side-panel";

const Analysis = lazy(() => import("./analysis"));

interface AnalysisDrawerProps {
  documentId: string;
  /** The block to analyze, or null for the whole document. */
  blockId: string | null;
  opened: boolean;
  onClose: () => void;
}

/** Starts an analysis of the evidence, shows its progress, and shows the newest insights. */
export function AnalysisDrawer({ documentId, blockId, opened, onClose }: AnalysisDrawerProps) {
  return (
    <SidePanel
      opened={opened}
      onClose={onClose}
      title={blockId === null ? "Analysis of the evidence" : "Analysis for this block"}
    >
      <Analysis documentId={documentId} blockId={blockId} />
    </SidePanel>
  );
}
