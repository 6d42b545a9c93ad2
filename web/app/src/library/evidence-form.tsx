import { Button, Select, Stack, Textarea, TextInput } from "@mantine/core";
import type { Evidence, NewEvidence } from "@report-builder/jobs";
import { type FormEvent, useState } from "react";
import { isDay } from "../components/format";
import { ProblemAlert } from "../components/problem-alert";
import { choicesOf, EVIDENCE_CATEGORIES, EVIDENCE_SCOPES, EVIDENCE_TYPES } from "./choices";
import type { EntryFormProps } from "./entry-section";
import { fromLocalInput, toLocalInput } from "./local-time";

/** Edits the fields that a user enters by hand. Other fields of imported evidence stay unchanged. */
export default function EvidenceForm({ entry, pending, error, onSubmit }: EntryFormProps<Evidence, NewEvidence>) {
  const [type, setType] = useState(entry?.type ?? "MANUAL");
  const [title, setTitle] = useState(entry?.title ?? "");
  const [summary, setSummary] = useState(entry?.summary ?? "");
  const [category, setCategory] = useState(entry?.category ?? null);
  const [scope, setScope] = useState(entry?.scope ?? null);
  const day = entry && isDay(entry.occurredAt) ? entry.occurredAt : null;
  const [shownAt] = useState(() => day ?? toLocalInput(entry ? new Date(entry.occurredAt) : new Date()));
  const [occurredAt, setOccurredAt] = useState(shownAt);
  const [url, setUrl] = useState(entry?.url ?? "");

  function submit(event: FormEvent) {
    event.preventDefault();
    // The input shows no seconds, so an untouched time is sent as it was.
    const written = day === null ? fromLocalInput(occurredAt) : occurredAt;
    const at = entry && occurredAt === shownAt ? entry.occurredAt : written;
    onSubmit({ type, title, summary, category, scope, occurredAt: at, url: url || null });
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Title"
          required
          value={title}
          onChange={(event) => setTitle(event.currentTarget.value)}
          data-autofocus
        />
        <Textarea
          label="Summary"
          description="What was done, and what it changed."
          required
          autosize
          minRows={3}
          maxRows={12}
          value={summary}
          onChange={(event) => setSummary(event.currentTarget.value)}
        />
        <Select
          label="Type"
          data={choicesOf(EVIDENCE_TYPES)}
          value={type}
          onChange={(value) => value && setType(value)}
          allowDeselect={false}
        />
        <Select
          label="Category"
          data={choicesOf(EVIDENCE_CATEGORIES)}
          value={category}
          onChange={setCategory}
          clearable
        />
        <Select label="Scope" data={choicesOf(EVIDENCE_SCOPES)} value={scope} onChange={setScope} clearable />
        <TextInput
          type={day === null ? "datetime-local" : "date"}
          label="When"
          required
          value={occurredAt}
          onChange={(event) => setOccurredAt(event.currentTarget.value)}
        />
        <TextInput type="url" label="Link" value={url} onChange={(event) => setUrl(event.currentTarget.value)} />
        <ProblemAlert error={error} title="The evidence cannot be saved" />
        <Button type="submit" loading={pending}>
          Save
        </Button>
      </Stack>
    </form>
  );
}
