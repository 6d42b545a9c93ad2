import { Stack, Text } from "@mantine/core";
import type { Block, Revision } from "@report-builder/jobs";
import { idsOf, useHistory, useRestore } from "../../api/blocks";
import { ListState } from "../../components/list-state";
import { ProblemAlert } from "../../components/problem-alert";
import { useInFlightGuard } from "../../components/use-in-flight-guard";
import { RevisionItem } from "./revision-item";

export default function Revisions({ block }: { block: Block }) {
  const history = useHistory(idsOf(block));
  const restore = useRestore(idsOf(block));
  const guard = useInFlightGuard();

  /** A second click on the same text does nothing. It would be one more revision without a change. */
  function restoreOnce({ id, newContent }: Revision) {
    if (newContent !== null && newContent === history.items[0]?.newContent) return;
    guard((done) => restore.mutate(id, { onSettled: done }));
  }

  return (
    <>
      <Text size="sm" mb="xs" role="status">
        {restore.isSuccess && "Restored. The block has this text again, and the text before it stays in the history."}
      </Text>
      <ProblemAlert error={restore.error} title="The revision cannot be restored" />
      <ListState list={history} empty={<Text c="dimmed">The content has not changed yet.</Text>}>
        <Stack component="ol" gap="md" p={0} m={0} style={{ listStyle: "none" }}>
          {history.items.map((revision, index) => (
            <RevisionItem
              key={revision.id}
              revision={revision}
              isCurrent={index === 0}
              isRestoring={restore.isPending && restore.variables === revision.id}
              onRestore={() => restoreOnce(revision)}
            />
          ))}
        </Stack>
      </ListState>
    </>
  );
}
