import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconArrowsDiff } from "@tabler/icons-react";
import { ProblemAlert } from "../components/problem-alert";
import { SideBySide } from "./diff-view";

interface TextChoiceProps {
  title: string;
  explanation: string;
  /** One item for each text that differs, such as the prompt or the content of a block. */
  differences: { name: string; mine: string; theirs: string }[];
  /** Label of the other text, such as “The draft”. */
  theirsLabel: string;
  useTheirs: string;
  pending: boolean;
  error: Error | null;
  onKeepMine: () => void;
  onUseTheirs: () => void;
}

/** Lets the user choose between their own text and another one. */
export default function TextChoice(props: TextChoiceProps) {
  return (
    <Alert mt="md" color="yellow" variant="light" icon={<IconArrowsDiff size={20} />} title={props.title}>
      <Stack gap="sm">
        <Text size="sm">{props.explanation}</Text>
        {props.differences.map(({ name, mine, theirs }) => (
          <SideBySide
            key={name}
            beforeLabel={`Your ${name}`}
            before={mine}
            afterLabel={props.theirsLabel}
            after={theirs}
          />
        ))}
        <ProblemAlert error={props.error} />
        <Group gap="xs">
          <Button size="sm" variant="default" disabled={props.pending} onClick={props.onKeepMine}>
            Keep mine
          </Button>
          <Button size="sm" variant="default" loading={props.pending} onClick={props.onUseTheirs}>
            {props.useTheirs}
          </Button>
        </Group>
      </Stack>
    </Alert>
  );
}
