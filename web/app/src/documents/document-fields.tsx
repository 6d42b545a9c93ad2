import { Button, Group, Select, Stack, Textarea, TextInput } from "@mantine/core";
import type { Document as ReportDocument } from "@report-builder/jobs";
import { type FormEvent, useId, useState } from "react";
import { MAX_NAME } from "../api/limits";
import { ProblemAlert } from "../components/problem-alert";

export type DocumentDetails = Pick<ReportDocument, "name" | "description" | "perspective" | "personName" | "timeZone">;

export interface DocumentFieldsProps {
  initial: DocumentDetails;
  pending: boolean;
  error: Error | null;
  onSubmit: (details: DocumentDetails) => void;
}

const PERSPECTIVES: { value: DocumentDetails["perspective"]; label: string }[] = [
  { value: "SELF", label: "The person" },
  { value: "MANAGER", label: "The manager of the person" },
  { value: "PEER", label: "A colleague of the person" },
];

export default function DocumentFields({ initial, pending, error, onSubmit }: DocumentFieldsProps) {
  const [name, setName] = useState(initial.name);
  const [description, setDescription] = useState(initial.description ?? "");
  const [perspective, setPerspective] = useState(initial.perspective);
  const [personName, setPersonName] = useState(initial.personName ?? "");
  const [timeZone, setTimeZone] = useState(initial.timeZone);
  const timeZones = useId();

  function submit(event: FormEvent) {
    event.preventDefault();
    onSubmit({
      name: name.trim(),
      description: description.trim() || null,
      perspective,
      personName: personName.trim() || null,
      timeZone: timeZone.trim(),
    });
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          placeholder="Half-year review"
          required
          maxLength={MAX_NAME}
          autoFocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label="Description"
          description="What the review is for. Drafts are written for it."
          autosize
          minRows={2}
          maxRows={8}
          maxLength={10_000}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <TextInput
          label="Person"
          description="The name of the person whose work the document is about."
          maxLength={MAX_NAME}
          value={personName}
          onChange={(event) => setPersonName(event.currentTarget.value)}
        />
        <Select
          label="Written by"
          data={PERSPECTIVES}
          value={perspective}
          onChange={(value) => value && setPerspective(value)}
          allowDeselect={false}
        />
        <TextInput
          label="Time zone"
          description="It says to which day an event belongs."
          required
          list={timeZones}
          autoComplete="off"
          value={timeZone}
          onChange={(event) => setTimeZone(event.currentTarget.value)}
        />
        <datalist id={timeZones}>
          {Intl.supportedValuesOf("timeZone").map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
        <ProblemAlert error={error} title="The details cannot be saved" />
        <Group justify="flex-end">
          <Button type="submit" loading={pending}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
