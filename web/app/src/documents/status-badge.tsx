import { Badge } from "@mantine/core";
import type { DocumentStatus } from "@report-builder/jobs";
import { humanize } from "../components/format";

const COLORS: Record<DocumentStatus, string> = { DRAFT: "gray", PUBLISHED: "pine", ARCHIVED: "yellow" };

export function StatusBadge({ status }: { status: DocumentStatus }) {
  return (
    <Badge variant="light" color={COLORS[status]} tt="none" fw={500} data-no-copy>
      {humanize(status)}
    </Badge>
  );
}
