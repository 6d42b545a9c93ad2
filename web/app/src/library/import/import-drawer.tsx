import { SidePanel } from "../../components/side-panel";
import { Importer } from "./importer";
import { type ImportKind, useImport } from "./use-import";

interface ImportDrawerProps {
  kind: ImportKind;
  opened: boolean;
  onClose: () => void;
}

export function ImportDrawer({ kind, opened, onClose }: ImportDrawerProps) {
  const importing = useImport(kind);
  return (
    // The panel stays open while the import runs, so that the user sees the outcome.
    <SidePanel opened={opened} onClose={onClose} canClose={!importing.isSending} title={`Import ${kind}`}>
      <Importer kind={kind} importing={importing} />
    </SidePanel>
  );
}
