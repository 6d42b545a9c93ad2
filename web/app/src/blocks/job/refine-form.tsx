import { Button, Chip, Group, Stack, Textarea } from "@mantine/core";
import { type FormEvent, type KeyboardEvent, useState } from "react";
import { Confirm } from "../../components/confirm";
import { INSTRUCTIONS, toggled } from "./instructions";

interface RefineFormProps {
  /** With an empty instruction, the service uses its default: clearer, shorter, the same facts. */
  onSubmit: (instruction: string) => void;
  onClose: () => void;
}

/** Asks how a text should change. A chip puts its instruction into the field, where the user can add to it. */
export default function RefineForm({ onSubmit, onClose }: RefineFormProps) {
  const [instruction, setInstruction] = useState("");
  const [isLeaving, setIsLeaving] = useState(false);

  function submit(event?: FormEvent) {
    event?.preventDefault();
    onSubmit(instruction.trim());
  }

  function leave() {
    if (isOwnText(instruction)) setIsLeaving(true);
    else onClose();
  }

  function handleKey(event: KeyboardEvent) {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Escape") leave();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit();
    else return;
    event.preventDefault();
  }

  return (
    <>
      <form onSubmit={submit} aria-label="Refine the block">
        {/* biome-ignore lint/a11y/noStaticElementInteractions: it handles the keys of its fields. */}
        <div onKeyDown={handleKey}>
          <Stack gap="xs" pt="sm">
            <Group gap={6} role="group" aria-label="Ways to change the text">
              {INSTRUCTIONS.map(({ label, text }) => (
                <Chip
                  key={label}
                  size="xs"
                  variant="light"
                  checked={instruction.includes(text)}
                  onChange={() => setInstruction((typed) => toggled(typed, text))}
                >
                  {label}
                </Chip>
              ))}
            </Group>
            <Textarea
              label="Instruction"
              description="How the text should change. If empty, the text is improved in general."
              placeholder="In your own words"
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
              <Button size="sm" variant="default" onClick={leave}>
                Close
              </Button>
            </Group>
          </Stack>
        </div>
      </form>
      <Confirm
        opened={isLeaving}
        title="Discard what you typed?"
        message="The instruction was not sent and cannot be restored."
        confirmLabel="Discard"
        cancelLabel="Keep editing"
        pending={false}
        error={null}
        onConfirm={onClose}
        onClose={() => setIsLeaving(false)}
      />
    </>
  );
}

/** Whether anything was typed beside the instructions of the chips. */
function isOwnText(instruction: string): boolean {
  return INSTRUCTIONS.reduce((rest, { text }) => rest.replace(text, ""), instruction).trim() !== "";
}
