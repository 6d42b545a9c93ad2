import { Anchor } from "@mantine/core";
import type { Job } from "@report-builder/jobs";
import { Link } from "react-router";
import type { DocumentName } from "./use-document-names";

interface DocumentLinkProps {
  job: Job;
  document: DocumentName;
  /** The heading above the block of the job, if it is worth saying. */
  section: string | undefined;
}

/** The section and the document of a job, as a link. Only words if there is no document. */
export function DocumentLink({ job, document, section }: DocumentLinkProps) {
  if (job.documentId === null) return "Sources of another app";
  if (document.isGone) return "Deleted document";
  return (
    <Anchor component={Link} to={`/documents/${job.documentId}${job.blockId ? `#${job.blockId}` : ""}`} inherit>
      {section && `${section} · `}
      {document.name ?? "Document"}
    </Anchor>
  );
}
