import { Alert, Button, Container, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Component, type ErrorInfo, type ReactNode } from "react";
import { isNotLoaded, NotLoaded } from "./not-loaded";

interface CrashBoundaryProps {
  /** What is replaced by the error: a part of a page, the page, or everything with the header. */
  of: "part" | "page" | "everything";
  children: ReactNode;
}

interface State {
  error: Error | null;
}

/** Shows an error in place of what cannot be drawn. The rest of the page goes on. */
export class CrashBoundary extends Component<CrashBoundaryProps, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    console.error("A part of the page crashed.", error, info.componentStack);
  }

  override render() {
    const { error } = this.state;
    const { of: extent, children } = this.props;
    if (error === null) return children;
    if (isNotLoaded(error)) return <NotLoaded isPage={extent !== "part"} />;
    if (extent === "part") return <PartStopped error={error} onReload={() => this.setState({ error: null })} />;
    return (
      <Container {...(extent === "everything" && { component: "main" })} size="sm" py="xl">
        <Stack align="flex-start" role="alert">
          <Title order={1} size="h2">
            The page has stopped
          </Title>
          <Text>This is an error in the page. Your documents are stored in the service, and jobs continue.</Text>
          <Text size="sm" c="dimmed">
            For your operator: {error.message}
          </Text>
          <Button onClick={() => window.location.reload()}>Reload the page</Button>
        </Stack>
      </Container>
    );
  }
}

function PartStopped({ error, onReload }: { error: Error; onReload: () => void }) {
  const queries = useQueryClient();
  // What the part shows may be the cause, so it is read again.
  const reload = useMutation({ mutationFn: () => queries.refetchQueries({ type: "active" }), onSettled: onReload });
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertTriangle size={20} />}
      title="This part of the page has stopped"
      // Below the tools of a block, which float.
      style={{ clear: "both" }}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">
          This is an error in the page. Everything else still works, and your documents are stored in the service.
        </Text>
        <Text size="xs" c="dimmed">
          For your operator: {error.message}
        </Text>
        <Button size="compact-sm" variant="default" loading={reload.isPending} onClick={() => reload.mutate()}>
          Reload
        </Button>
      </Stack>
    </Alert>
  );
}
