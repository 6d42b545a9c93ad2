import { Button, Group, Stack, Text } from "@mantine/core";
import { Dialog } from "./dialog";
import { ProblemAlert } from "./problem-alert";

interface ConfirmProps {
  opened: boolean;
  title: string;
  message: string;
  /** The word on the button that does it. */
  action: string;
  /** The word on the button that does not. Default: “Keep it”. */
  keep?: string;
  pending: boolean;
  error: Error | null;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something is lost. */
export function Confirm({
  opened,
  title,
  message,
  action,
  keep = "Keep it",
  pending,
  error,
  onConfirm,
  onClose,
}: ConfirmProps) {
  return (
    <Dialog opened={opened} onClose={onClose} title={title}>
      <Stack>
        <Text size="sm">{message}</Text>
        <ProblemAlert error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {keep}
          </Button>
          <Button color="red" loading={pending} onClick={onConfirm}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
