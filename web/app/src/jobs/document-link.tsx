import { Anchor } from "@mantine/core";
import type { Job } from "@report-builder/jobs";
import { Link } from "react-router";
import type { DocumentName } from "./use-document-names";

/** The document of a job, with a link to its section. Only words if there is no document. */
export function DocumentLink({ job, document }: { job: Job; document: DocumentName }) {
  if (job.documentId === null) return "Sources of another app";
  if (document.isGone) return "Deleted document";
  return (
    <Anchor component={Link} to={`/documents/${job.documentId}${job.blockId ? `#${job.blockId}` : ""}`} inherit>
      {document.name ?? "Document"}
    </Anchor>
  );
}
