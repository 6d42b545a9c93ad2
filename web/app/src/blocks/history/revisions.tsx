import { Stack, Text } from "@mantine/core";
import type { Block } from "@report-builder/jobs";
import { idsOf, useHistory, useRestore } from "../../api/blocks";
import { ListState } from "../../components/list-state";
import { ProblemAlert } from "../../components/problem-alert";
import { useInFlightGuard } from "../../components/use-in-flight-guard";
import { RevisionItem } from "./revision-item";

export default function Revisions({ block }: { block: Block }) {
  const history = useHistory(idsOf(block));
  const restore = useRestore(idsOf(block));
  const guard = useInFlightGuard();
  return (
    <>
      <ProblemAlert error={restore.error} title="The revision cannot be restored" />
      <ListState list={history} empty={<Text c="dimmed">The content has not changed yet.</Text>}>
        <Stack component="ol" gap="md" p={0} m={0} style={{ listStyle: "none" }}>
          {history.items.map((revision, index) => (
            <RevisionItem
              key={revision.id}
              revision={revision}
              isCurrent={index === 0}
              isRestoring={restore.isPending && restore.variables === revision.id}
              isDisabled={restore.isPending}
              onRestore={() => guard((done) => restore.mutate(revision.id, { onSettled: done }))}
            />
          ))}
        </Stack>
      </ListState>
    </>
  );
}
