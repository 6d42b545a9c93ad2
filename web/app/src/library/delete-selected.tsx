import { Button, Group, List, Progress, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconTrash } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useRefreshLibrary } from "../api/library";
import { Dialog } from "../components/dialog";
import { count } from "../components/format";
import { type Failure, removeOneByOne } from "./one-by-one";

interface DeleteSelectedProps<Entry extends { id: string }> {
  selected: readonly Entry[];
  nameOf: (entry: Entry) => string;
  remove: (id: string) => Promise<unknown>;
}

/** A button that deletes the selected entries. It asks first. */
export function DeleteSelected<Entry extends { id: string }>(props: DeleteSelectedProps<Entry>) {
  const [opened, dialog] = useDisclosure(false);
  return (
    <>
      <Button size="compact-sm" variant="light" color="red" leftSection={<IconTrash size={15} />} onClick={dialog.open}>
        Delete {count(props.selected.length)}
      </Button>
      <Dialog opened={opened} onClose={dialog.close} title="Delete the selected entries?">
        <Question {...props} onClose={dialog.close} />
      </Dialog>
    </>
  );
}

function Question<Entry extends { id: string }>(props: DeleteSelectedProps<Entry> & { onClose: () => void }) {
  // What was asked about stays the same while the list behind the dialog changes.
  const [entries, setEntries] = useState(props.selected);
  const [done, setDone] = useState<number | null>(null);
  const [failures, setFailures] = useState<readonly Failure[]>([]);
  const refresh = useRefreshLibrary();
  const stop = useRef<AbortController | null>(null);
  const isRunning = done !== null;

  // Closing the dialog stops the work.
  useEffect(() => () => stop.current?.abort(), []);

  async function run() {
    const ids = entries.map(({ id }) => id);
    const controller = new AbortController();
    stop.current = controller;
    setDone(0);
    const failed = await removeOneByOne(ids, {
      remove: props.remove,
      onProgress: setDone,
      signal: controller.signal,
    });
    if (failed.length === 0 && !controller.signal.aborted) props.onClose();
    setEntries(entries.filter(({ id }) => failed.some((failure) => failure.id === id)));
    setFailures(failed);
    setDone(null);
    await refresh();
  }

  return (
    <Stack>
      {failures.length === 0 ? (
        <Text size="sm">
          New drafts will not use {entries.length === 1 ? "it" : `these ${count(entries.length)}`}. Texts that cite{" "}
          {entries.length === 1 ? "it" : "them"} stay unchanged.
        </Text>
      ) : (
        <div role="alert">
          <Text size="sm" fw={600} c="red">
            {count(failures.length)} could not be deleted:
          </Text>
          <List size="sm" mt={4}>
            {failures.map(({ id, error }) => (
              <List.Item key={id}>
                {entries.filter((entry) => entry.id === id).map(props.nameOf)}: {error.message}
              </List.Item>
            ))}
          </List>
        </div>
      )}
      {isRunning && (
        <>
          <Progress value={(done / entries.length) * 100} aria-label="Deleted" />
          <Text size="sm" role="status">
            {count(done)} of {count(entries.length)}
          </Text>
        </>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={props.onClose} data-autofocus>
          {isRunning ? "Stop" : failures.length > 0 ? "Close" : "Keep them"}
        </Button>
        <Button color="red" loading={isRunning} onClick={run}>
          {failures.length > 0 ? "Try again" : `Delete ${count(entries.length)}`}
        </Button>
      </Group>
    </Stack>
  );
}
