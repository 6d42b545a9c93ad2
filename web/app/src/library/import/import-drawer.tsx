import { Alert, Code, Progress, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { count } from "../../components/format";
import { ProblemAlert } from "../../components/problem-alert";
import { SidePanel } from "../../components/side-panel";
import { DropZone } from "./drop-zone";
import classes from "./import.module.css";
import { type Import, type RejectedRow, useImport } from "./use-import";

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
  const [login, setLogin] = useState("");
  return (
    <Stack>
      <TextInput
        label="Your name in the file"
        description="Your GitHub login, or your name in Jira or Linear. Work of others counts as reviewed."
        placeholder="Optional"
        value={login}
        onChange={(event) => setLogin(event.currentTarget.value)}
      />
      <DropZone disabled={isSending} onFile={(file) => read(file, login)} />
      <Text size="sm" c="dimmed">
        Pull requests as JSON of <Code>gh pr list --json …</Code>, tickets as CSV of Jira or Linear, or JSON and CSV
        with the fields <Code>type</Code>, <Code>title</Code>, <Code>summary</Code> and <Code>occurredAt</Code>.
        Importing a file again brings its news and keeps your edits.
      </Text>
      <ProblemAlert error={readError} title="The file cannot be read" />
      {state && <Outcome state={state} isSending={isSending} />}
      {state ? (
        <ProblemAlert error={sendError} title="The import has stopped" onRetry={resume} />
      ) : (
        <ProblemAlert error={sendError} title="The file cannot be imported" />
      )}
    </Stack>
  );
}

function Outcome({ state, isSending }: { state: Import; isSending: boolean }) {
  const { fileName, parts, created, updated, kept, rejected, notes, waiting } = state;
  return (
    <section aria-label="Outcome of the import">
      <Alert
        role="status"
        color={rejected.length > 0 ? "yellow" : "pine"}
        title={isSending ? `Importing ${fileName}…` : `Imported ${fileName}`}
      >
        {count(created)} created, {count(updated)} updated, {count(kept)} unchanged, {count(rejected.length)} rejected
      </Alert>
      {isSending && (
        <Progress
          value={(100 * (parts - waiting.length)) / parts}
          size="sm"
          mt="xs"
          aria-label="Progress of the import"
        />
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
