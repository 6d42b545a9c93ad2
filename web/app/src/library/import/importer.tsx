import { Button, Code, Group, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { count } from "../../components/format";
import { ProblemAlert } from "../../components/problem-alert";
import { DropZone } from "./drop-zone";
import { OutcomeView } from "./outcome-view";
import type { ImportFile, Importing, ImportKind } from "./use-import";

const FORMS: Record<ImportKind, ReactNode> = {
  evidence: (
    <>
      Pull requests as JSON of <Code>gh search prs --json …</Code> or <Code>gh pr list --json …</Code>, tickets as CSV
      of Jira or Linear, or JSON and CSV with the fields <Code>type</Code>, <Code>title</Code>, <Code>summary</Code> and{" "}
      <Code>occurredAt</Code>.
    </>
  ),
  goals: (
    <>
      JSON or CSV with the fields <Code>title</Code>, <Code>description</Code>, <Code>status</Code> and{" "}
      <Code>targetDate</Code>.
    </>
  ),
  reviews: (
    <>
      JSON or CSV with the fields <Code>year</Code>, <Code>type</Code> and <Code>content</Code>.
    </>
  ),
};

interface ImporterProps {
  kind: ImportKind;
  importing: Importing;
}

/** Takes a file, says what it would change, and imports it. */
export function Importer({ kind, importing }: ImporterProps) {
  const { file, outcome, isSending } = importing;
  return (
    <Stack>
      <DropZone disabled={isSending} onFile={importing.choose} />
      <Text size="sm" c="dimmed">
        {FORMS[kind]} Importing a file again brings its news and keeps your edits.
      </Text>
      <ProblemAlert error={importing.readError} title="The file cannot be read" />
      {file && (file.people === null || file.people.length > 0) && <Person file={file} importing={importing} />}
      {file && outcome && <OutcomeView file={file} outcome={outcome} isSending={isSending} />}
      {outcome ? (
        <ProblemAlert error={importing.sendError} title="The import has stopped" onRetry={importing.resume} />
      ) : (
        <ProblemAlert error={importing.sendError} title="The file cannot be imported" />
      )}
      {outcome && canImport(importing) && (
        <Group justify="flex-end">
          <Button onClick={importing.start}>Import {count(outcome.created + outcome.updated + outcome.kept)}</Button>
        </Group>
      )}
    </Stack>
  );
}

/** Whether the file was checked, and has something to import. */
function canImport({ outcome, isSending, sendError }: Importing): boolean {
  const isChecked = outcome?.isCheck === true && outcome.waiting.length === 0;
  return isChecked && !isSending && sendError === null && outcome.created + outcome.updated + outcome.kept > 0;
}

/** Asks whose work the file has. The work of others counts as reviewed. */
function Person({ file, importing: { outcome, isSending, check } }: { file: ImportFile; importing: Importing }) {
  const [login, setLogin] = useState(file.people?.length === 1 ? (file.people[0] ?? "") : "");
  const names = useId();
  const isChecked = outcome?.login === login.trim();

  function submit(event: FormEvent) {
    event.preventDefault();
    check(login);
  }

  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="xs" wrap="nowrap">
        <TextInput
          flex={1}
          label="Whose work is it?"
          description={`The name in the file${namesOf(file)}. Work of others counts as reviewed.`}
          required={file.people !== null}
          autoFocus={outcome === null}
          list={names}
          autoComplete="off"
          readOnly={isSending}
          value={login}
          onChange={(event) => setLogin(event.currentTarget.value)}
        />
        <Button type="submit" variant={outcome === null ? "filled" : "default"} disabled={isSending || isChecked}>
          Check
        </Button>
      </Group>
      <datalist id={names}>
        {file.people?.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </form>
  );
}

const MAX_NAMED = 3;

/** Such as “: sam, robin or 4 others”. */
function namesOf({ people }: ImportFile): string {
  if (people === null || people.length < 2) return "";
  const named = people.slice(0, MAX_NAMED);
  const others = people.length - named.length;
  const last = others > 0 ? (others === 1 ? "one other" : `${count(others)} others`) : (named.pop() ?? "");
  return `: ${named.join(", ")} or ${last}`;
}
