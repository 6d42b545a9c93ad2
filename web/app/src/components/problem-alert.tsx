import { Alert, Button, Group, List, Text } from "@mantine/core";
import { ApiError } from "@report-builder/jobs";
import { IconAlertTriangle } from "@tabler/icons-react";

interface ProblemAlertProps {
  error: Error | null;
  /** What failed, such as “The block cannot be saved”. */
  title?: string;
  onRetry?: () => unknown;
}

/** Titles for statuses that mean the same for every request. They replace the title of the caller. */
const TITLES: Record<number, string> = { 401: "You are not signed in", 413: "The text is too long" };

/** A failed request with the message of the service and the request id for questions to its operator. */
export function ProblemAlert({ error, title = "That did not work", onRetry }: ProblemAlertProps) {
  if (error === null) return null;
  const api = error instanceof ApiError ? error : null;
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertTriangle size={20} />}
      title={TITLES[api?.status ?? 0] ?? title}
    >
      <Text size="sm">{error.message}</Text>
      {api?.status === 401 && (
        <Text size="sm" mt={4}>
          On the local runner, choose a name at the top right.
        </Text>
      )}
      {api?.problem?.errors && api.problem.errors.length > 0 && (
        <List size="sm" mt={4}>
          {api.problem.errors.map(({ pointer, detail }) => (
            <List.Item key={`${pointer} ${detail}`}>
              {pointer && `${pointer}: `}
              {detail}
            </List.Item>
          ))}
        </List>
      )}
      {(api?.requestId || onRetry) && (
        <Group justify="space-between" mt={6} gap="xs">
          {api?.requestId && (
            <Text size="xs" c="dimmed">
              Request {api.requestId}
            </Text>
          )}
          {onRetry && (
            <Button size="compact-sm" variant="default" onClick={() => onRetry()}>
              Try again
            </Button>
          )}
        </Group>
      )}
    </Alert>
  );
}
