import { Badge, Button, Group, Loader, Text } from "@mantine/core";
import type { Revision } from "@report-builder/jobs";
import { dateTime } from "../../components/format";
import { InlineDiff } from "../../diff/diff-view";
import { modelName } from "../../jobs/writer";

const CHANGES: Record<Revision["changeType"], string> = {
  MANUAL_EDIT: "Edited",
  AGENT_GENERATION: "Generated",
  AGENT_REFINEMENT: "Refined",
  RESTORE: "Restored",
};

interface RevisionItemProps {
  revision: Revision;
  /** True if this is the current content of the block. */
  isCurrent: boolean;
  isRestoring: boolean;
  onRestore: () => void;
}

/** A revision with its author, time and changed words. */
export function RevisionItem({ revision, isCurrent, isRestoring, onRestore }: RevisionItemProps) {
  const author =
    revision.changedBy === "USER" ? "by you" : `by ${revision.agentModel ? modelName(revision.agentModel) : "a job"}`;
  return (
    <li>
      <Group justify="space-between" mb={6} gap="xs">
        <div>
          <Text size="sm" fw={600}>
            {CHANGES[revision.changeType]} {author}
          </Text>
          <Text size="xs" c="dimmed">
            <time dateTime={revision.createdAt}>{dateTime(revision.createdAt)}</time>
          </Text>
        </div>
        {isCurrent ? (
          <Badge variant="light" tt="none" fw={500}>
            Current
          </Badge>
        ) : (
          <Button
            size="compact-sm"
            variant="default"
            // A disabled button would lose the focus.
            aria-disabled={isRestoring}
            data-disabled={isRestoring}
            leftSection={isRestoring && <Loader size={14} color="gray" aria-hidden />}
            onClick={onRestore}
          >
            Restore
          </Button>
        )}
      </Group>
      <InlineDiff before={revision.previousContent ?? ""} after={revision.newContent ?? ""} />
    </li>
  );
}
