import { Loader } from "@mantine/core";
import { lazy, Suspense } from "react";
import { Dialog } from "../components/dialog";
import type { DocumentFieldsProps } from "./document-fields";

const DocumentFields = lazy(() => import("./document-fields"));

interface DocumentFormProps extends DocumentFieldsProps {
  opened: boolean;
  title: string;
  onClose: () => void;
}

/** A dialog with the name of a document, and what it is about. */
export function DocumentForm({ opened, title, onClose, ...fields }: DocumentFormProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title={title}>
      <Suspense fallback={<Loader size="sm" aria-label="Loading" />}>
        <DocumentFields {...fields} />
      </Suspense>
    </Dialog>
  );
}
