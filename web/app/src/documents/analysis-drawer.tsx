import { lazy } from "react";
import { SidePanel } from "../components/side-panel";

const Analysis = lazy(() => import("./analysis"));

interface AnalysisDrawerProps {
  documentId: string;
  /** The block to analyze the evidence for; null for the document as a whole. */
  blockId: string | null;
  opened: boolean;
  onClose: () => void;
}

/** Insights from the evidence of a document: asks for them, shows them as they come, and keeps the last ones. */
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
