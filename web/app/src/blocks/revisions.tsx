import { Stack, Text } from "@mantine/core";
import type { Block } from "@report-builder/jobs";
import { addressOf, useHistory, useRestore } from "../api/blocks";
import { ListState } from "../components/list-state";
import { ProblemAlert } from "../components/problem-alert";
import { useOneAtATime } from "../components/use-one-at-a-time";
import { RevisionItem } from "./revision-item";

export default function Revisions({ block }: { block: Block }) {
  const history = useHistory(addressOf(block));
  const restore = useRestore(addressOf(block));
  const oneAtATime = useOneAtATime();
  return (
    <>
      <ProblemAlert error={restore.error} title="The revision cannot be restored" />
      <ListState pages={history} empty={<Text c="dimmed">The content has not changed yet.</Text>}>
        <Stack component="ol" gap="md" p={0} m={0} style={{ listStyle: "none" }}>
          {history.items.map((revision, index) => (
            <RevisionItem
              key={revision.id}
              revision={revision}
              isCurrent={index === 0}
              isRestoring={restore.isPending && restore.variables === revision.id}
              isDisabled={restore.isPending}
              onRestore={() => oneAtATime((done) => restore.mutate(revision.id, { onSettled: done }))}
            />
          ))}
        </Stack>
      </ListState>
    </>
  );
}
