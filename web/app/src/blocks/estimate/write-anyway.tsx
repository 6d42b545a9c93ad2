import { Confirm } from "../../components/confirm";

interface WriteAnywayProps {
  opened: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before jobs start that have no evidence to write from. */
export function WriteAnyway({ opened, onConfirm, onClose }: WriteAnywayProps) {
  return (
    <Confirm
      opened={opened}
      title="Nothing matches. Write anyway?"
      message="No piece of evidence matches the context of this document, so the text would rest on nothing. Add evidence in the library, or widen the context."
      confirmLabel="Write anyway"
      cancelLabel="Not now"
      pending={false}
      error={null}
      onConfirm={onConfirm}
      onClose={onClose}
    />
  );
}
