import { Button, Group, Stack, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Dialog } from "../components/dialog";
import { ProblemAlert } from "../components/problem-alert";

export interface DocumentNames {
  name: string;
  description: string | null;
}

interface DocumentFormProps {
  opened: boolean;
  title: string;
  submitLabel: string;
  initial: DocumentNames;
  pending: boolean;
  error: Error | null;
  onSubmit: (names: DocumentNames) => void;
  onClose: () => void;
}

export function DocumentForm({ opened, title, onClose, ...form }: DocumentFormProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title={title}>
      <Fields {...form} />
    </Dialog>
  );
}

function Fields({
  submitLabel,
  initial,
  pending,
  error,
  onSubmit,
}: Omit<DocumentFormProps, "opened" | "title" | "onClose">) {
  const [name, setName] = useState(initial.name);
  const [description, setDescription] = useState(initial.description ?? "");

  function submit(event: FormEvent) {
    event.preventDefault();
    onSubmit({ name: name.trim(), description: description.trim() || null });
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          placeholder="Half-year review"
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label="Description"
          autosize
          minRows={2}
          maxRows={8}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <ProblemAlert error={error} />
        <Group justify="flex-end">
          <Button type="submit" loading={pending}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
