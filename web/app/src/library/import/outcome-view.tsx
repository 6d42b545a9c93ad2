import { Alert, Progress, Text } from "@mantine/core";
import { count } from "../../components/format";
import classes from "./import.module.css";
import type { ImportFile, Outcome, RejectedRow } from "./use-import";

const MAX_SHOWN = 100;

interface OutcomeViewProps {
  file: ImportFile;
  outcome: Outcome;
  isSending: boolean;
}

/** What became of a file, or would become of it. */
export function OutcomeView({ file: { name, parts }, outcome, isSending }: OutcomeViewProps) {
  const { isCheck, rejected, notes, waiting } = outcome;
  return (
    <section aria-label={isCheck ? "What the file would change" : "Outcome of the import"}>
      <Alert role="status" color={rejected.length > 0 ? "yellow" : "pine"} title={titleOf(name, isCheck, isSending)}>
        {summaryOf(outcome)}
      </Alert>
      {isSending && (
        <Progress
          value={(100 * (parts.length - waiting.length)) / parts.length}
          size="sm"
          mt="xs"
          aria-label={isCheck ? "Progress of the check" : "Progress of the import"}
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

function titleOf(name: string, isCheck: boolean, isSending: boolean): string {
  if (isCheck) return isSending ? `Checking ${name}…` : `Checked ${name}. Nothing is stored yet.`;
  return isSending ? `Importing ${name}…` : `Imported ${name}`;
}

/** Such as “400 would be created, 0 updated, 0 unchanged, 2 rejected”. */
export function summaryOf({ isCheck, created, updated, kept, rejected }: Outcome): string {
  const would = isCheck ? "would be " : "";
  return `${count(created)} ${would}created, ${count(updated)} updated, ${count(kept)} unchanged, ${count(rejected.length)} rejected`;
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
