import { Menu } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { DocumentStatus, Document as ReportDocument } from "@report-builder/jobs";
import { IconCircleCheck, IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useChangeDocument, useDeleteDocument } from "../api/documents";
import { ActionMenu } from "../components/action-menu";
import { Confirm } from "../components/confirm";
import { humanize } from "../components/format";
import { ProblemAlert } from "../components/problem-alert";
import { DocumentForm } from "./document-form";

const STATUS_ACTIONS: Record<DocumentStatus, string> = {
  DRAFT: "Set to draft",
  PUBLISHED: "Publish",
  ARCHIVED: "Archive",
};

interface DocumentMenuProps {
  document: ReportDocument;
  onDeleted?: () => void;
}

/** The menu of a document: change its details and its status, delete it. */
export function DocumentMenu({ document, onDeleted }: DocumentMenuProps) {
  const edit = useChangeDocument(document.id);
  const setStatus = useChangeDocument(document.id);
  const remove = useDeleteDocument(document.id);
  const [editing, form] = useDisclosure(false);
  const [deleting, deletion] = useDisclosure(false);
  const statuses: DocumentStatus[] = ["DRAFT", "PUBLISHED", "ARCHIVED"];

  return (
    <>
      <ActionMenu label={`Actions for ${document.name}`} size="lg" icon={<IconDots size={18} />}>
        <Menu.Item leftSection={<IconPencil size={16} />} onClick={form.open}>
          Edit details
        </Menu.Item>
        {statuses
          .filter((status) => status !== document.status)
          .map((status) => (
            <Menu.Item
              key={status}
              leftSection={<IconCircleCheck size={16} />}
              onClick={() => setStatus.mutate({ status })}
            >
              {STATUS_ACTIONS[status]}
            </Menu.Item>
          ))}
        <Menu.Divider />
        <Menu.Item c="var(--mantine-color-error)" leftSection={<IconTrash size={16} />} onClick={deletion.open}>
          Delete
        </Menu.Item>
      </ActionMenu>
      <ProblemAlert error={setStatus.error} title={`The document stays ${humanize(document.status).toLowerCase()}`} />
      <DocumentForm
        opened={editing}
        title="Details of the document"
        initial={document}
        pending={edit.isPending}
        error={edit.error}
        onSubmit={(details) => edit.mutate(details, { onSuccess: form.close })}
        onClose={form.close}
      />
      <Confirm
        opened={deleting}
        title="Delete this document?"
        message={`“${document.name}”, its ${document.blockCount} blocks and their history will be deleted. This cannot be undone.`}
        confirmLabel="Delete"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => onDeleted?.() })}
        onClose={deletion.close}
      />
    </>
  );
}
