import { Button, Group, Stack, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";

interface RefineFormProps {
  /** With an empty instruction, the service uses its default: clearer, shorter, the same facts. */
  onSubmit: (instruction: string) => void;
  onClose: () => void;
}

export function RefineForm({ onSubmit, onClose }: RefineFormProps) {
  const [instruction, setInstruction] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    onSubmit(instruction.trim());
  }

  return (
    <form onSubmit={submit} aria-label="Refine the block">
      <Stack gap="xs" pt="sm">
        <Textarea
          label="Instruction"
          description="How the text should change. If empty, the text is improved in general."
          placeholder="Shorter, and with the effect in numbers"
          autosize
          minRows={2}
          maxRows={12}
          autoFocus
          value={instruction}
          onChange={(event) => setInstruction(event.currentTarget.value)}
        />
        <Group gap="xs">
          <Button type="submit" size="sm">
            Refine now
          </Button>
          <Button size="sm" variant="default" onClick={onClose}>
            Close
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
