import { Group, Text } from "@mantine/core";
import type { DocumentSummary } from "@report-builder/jobs";
import { Link } from "react-router";
import { date, pluralize } from "../components/format";
import classes from "./document-list.module.css";
import { DocumentMenu } from "./document-menu";
import { StatusBadge } from "./status-badge";

export function DocumentList({ documents }: { documents: readonly DocumentSummary[] }) {
  return (
    <ul className={classes.list}>
      {documents.map((document) => (
        <li key={document.id} className={classes.item}>
          <div className={classes.text}>
            <Link to={`/documents/${document.id}`} className={classes.name}>
              {document.name}
            </Link>
            {document.description && (
              <Text size="sm" c="dimmed" lineClamp={2}>
                {document.description}
              </Text>
            )}
            <Group gap="sm" mt={6}>
              <StatusBadge status={document.status} />
              <Text size="xs" c="dimmed">
                {pluralize(document.blockCount, "block")} · changed {date(document.updatedAt)}
              </Text>
            </Group>
          </div>
          <div className={classes.menu}>
            <DocumentMenu document={document} />
          </div>
        </li>
      ))}
    </ul>
  );
}
