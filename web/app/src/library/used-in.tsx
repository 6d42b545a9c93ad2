import { Text } from "@mantine/core";
import type { Block, Evidence } from "@report-builder/jobs";
import { Fragment } from "react";
import { Link } from "react-router";
import { useDocument } from "../api/documents";
import { type Uses, usesByDocument } from "./uses";

const MAX_NAME_LENGTH = 60;

/** Links to the documents and sections that cite a piece of evidence, or nothing. */
export function UsedIn({ evidence }: { evidence: Evidence }) {
  return usesByDocument(evidence.usedIn ?? []).map((uses) => <UsedInDocument key={uses.documentId} {...uses} />);
}

function UsedInDocument({ documentId, blockIds }: Uses) {
  const { data: document } = useDocument(documentId);
  if (!document) return null;
  const sections = (document.blocks ?? []).filter(({ id }) => blockIds.includes(id));
  return (
    <Text size="xs" c="dimmed" mt={4}>
      Used in <Link to={`/documents/${documentId}`}>{document.name}</Link>
      {sections.map((section, index) => (
        <Fragment key={section.id}>
          {index === 0 ? ": " : ", "}
          <Link to={`/documents/${documentId}#${section.id}`}>{nameOf(section)}</Link>
        </Fragment>
      ))}
    </Text>
  );
}

function nameOf({ prompt, position }: Block): string {
  const name = prompt?.trim() || `section ${(position ?? 0) + 1}`;
  return name.length > MAX_NAME_LENGTH ? `${name.slice(0, MAX_NAME_LENGTH).trimEnd()}…` : name;
}
