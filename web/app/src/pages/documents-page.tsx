import { Button, Code, EmptyState, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconFilePlus, IconFiles } from "@tabler/icons-react";
import { Link, useNavigate } from "react-router";
import { useCreateDocument, useDocuments } from "../api/documents";
import { currentUser } from "../api/user";
import { ListState } from "../components/list-state";
import { PageHeader } from "../components/page-header";
import { DocumentForm } from "../documents/document-form";
import { DocumentList } from "../documents/document-list";

export function DocumentsPage() {
  const documents = useDocuments();
  const create = useCreateDocument();
  const navigate = useNavigate();
  const [creating, creation] = useDisclosure(false);
  return (
    <>
      <PageHeader title="Documents" description="Reviews, drafted from your own evidence.">
        <Button leftSection={<IconFilePlus size={18} />} onClick={creation.open}>
          New document
        </Button>
      </PageHeader>
      <ListState list={documents} empty={<NoDocuments />}>
        <DocumentList documents={documents.items} />
      </ListState>
      <DocumentForm
        opened={creating}
        title="New document"
        submitLabel="Create"
        initial={{ name: "", description: null }}
        pending={create.isPending}
        error={create.error}
        onSubmit={(names) => create.mutate(names, { onSuccess: ({ id }) => navigate(`/documents/${id}`) })}
        onClose={creation.close}
      />
    </>
  );
}

function NoDocuments() {
  return (
    <EmptyState icon={<IconFiles size={40} stroke={1.3} />} py="xl">
      <EmptyState.Title>No documents yet</EmptyState.Title>
      <EmptyState.Description>
        <Stack gap="xs" align="center">
          <Text size="sm">
            Make one with “New document”, and <Link to="/library">import your evidence</Link> for it to draw on.
          </Text>
          <Text size="sm">To look around first, add sample data from a terminal:</Text>
          <Code>{seedCommand(currentUser)}</Code>
        </Stack>
      </EmptyState.Description>
    </EmptyState>
  );
}

/** The terminal command that stores sample data for `user` in the service of this page. */
function seedCommand(user: string): string {
  const command = `cargo run -p cli -- seed --api ${window.location.origin}`;
  return user === "" ? command : `${command} --token ${user}`;
}
