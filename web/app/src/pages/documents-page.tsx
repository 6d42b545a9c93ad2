import { Button, Skeleton } from "@mantine/core";
import { IconFilePlus } from "@tabler/icons-react";
import { lazy, Suspense } from "react";
import { Link } from "react-router";
import { useDocuments } from "../api/documents";
import { ListState } from "../components/list-state";
import { PageHeader } from "../components/page-header";
import { DocumentList } from "../documents/document-list";

const StartReview = lazy(() => import("../start/start-review"));

export function DocumentsPage() {
  const documents = useDocuments();
  return (
    <>
      <PageHeader title="Documents" description="Reviews, drafted from your own evidence.">
        {documents.items.length > 0 && (
          <Button component={Link} to="/new" leftSection={<IconFilePlus size={18} />}>
            New review
          </Button>
        )}
      </PageHeader>
      <ListState list={documents} empty={<NoDocuments />}>
        <DocumentList documents={documents.items} />
      </ListState>
    </>
  );
}

function NoDocuments() {
  return (
    <Suspense fallback={<Skeleton height={300} aria-busy="true" aria-label="Loading" />}>
      <StartReview />
    </Suspense>
  );
}
