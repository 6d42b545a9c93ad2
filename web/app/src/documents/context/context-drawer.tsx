import type { Document as ReportDocument } from "@report-builder/jobs";
import { lazy } from "react";
import { SidePanel } from "../../components/side-panel";

const ContextForm = lazy(() => import("./context-form"));

interface ContextDrawerProps {
  document: ReportDocument;
  opened: boolean;
  onClose: () => void;
}

/** Edits which evidence, goals and reviews the jobs of a document read. */
export function ContextDrawer({ document, opened, onClose }: ContextDrawerProps) {
  return (
    <SidePanel opened={opened} onClose={onClose} title="Context">
      <ContextForm document={document} onClose={onClose} />
    </SidePanel>
  );
}
