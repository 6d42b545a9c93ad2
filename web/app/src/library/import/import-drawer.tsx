import { Alert, Code, Progress, Stack, Text } from "@mantine/core";
import { count } from "../../components/format";
import { ProblemAlert } from "../../components/problem-alert";
import { SidePanel } from "../../components/side-panel";
import { DropZone } from "./drop-zone";
import classes from "./import.module.css";
import type { RejectedRow } from "./import-row";
import { type Import, useImport } from "./use-import";

const MAX_SHOWN = 100;

interface ImportDrawerProps {
  opened: boolean;
  onClose: () => void;
}

export function ImportDrawer({ opened, onClose }: ImportDrawerProps) {
  const evidenceImport = useImport();
  return (
    // The panel stays open while the import runs, so that the user sees the outcome.
    <SidePanel opened={opened} onClose={onClose} canClose={!evidenceImport.isSending} title="Import evidence">
      <Importer {...evidenceImport} />
    </SidePanel>
  );
}

function Importer({ state, read, readError, isSending, sendError, resume }: ReturnType<typeof useImport>) {
  return (
    <Stack>
      <DropZone disabled={isSending} onFile={read} />
      <Text size="sm" c="dimmed">
        JSON: a list, <Code>{'{"items": […]}'}</Code>, or one object per line. CSV: the first row names the fields.
        Every entry needs <Code>type</Code>, <Code>title</Code>, <Code>summary</Code> and <Code>occurredAt</Code>. An
        entry with a known <Code>externalId</Code> replaces the stored entry.
      </Text>
      <ProblemAlert error={readError} title="The file cannot be read" />
      {state && <Outcome state={state} isSending={isSending} />}
      <ProblemAlert error={sendError} title="The import has stopped" onRetry={resume} />
    </Stack>
  );
}

function Outcome({ state, isSending }: { state: Import; isSending: boolean }) {
  const { fileName, total, created, updated, rejected, notes } = state;
  const done = created + updated + rejected.length;
  return (
    <section aria-label="Outcome of the import">
      <Alert
        role="status"
        color={rejected.length > 0 ? "yellow" : "pine"}
        title={isSending ? `Importing ${fileName}…` : `Imported ${fileName}`}
      >
        {count(created)} created, {count(updated)} updated, {count(rejected.length)} rejected
      </Alert>
      {isSending && total > 0 && (
        <Progress value={(100 * done) / total} size="sm" mt="xs" aria-label="Progress of the import" />
      )}
      {notes.map((note) => (
        <Text key={note} size="sm" mt="xs">
          {note}
        </Text>
      ))}
      {rejected.length > 0 && <Rejected rows={rejected} />}
    </section>
  );
}

function Rejected({ rows }: { rows: readonly RejectedRow[] }) {
  return (
    <>
      <ul className={classes.rejected} aria-label="Rejected entries">
        {rows.slice(0, MAX_SHOWN).map(({ position, title, reason }) => (
          <li key={position}>
            <strong>{position}</strong> {title}
            <Text size="sm" c="dimmed">
              {reason}
            </Text>
          </li>
        ))}
      </ul>
      {rows.length > MAX_SHOWN && (
        <Text size="sm" c="dimmed">
          and {count(rows.length - MAX_SHOWN)} more
        </Text>
      )}
    </>
  );
}
