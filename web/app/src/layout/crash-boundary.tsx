import { Button, Code, Container, Stack, Text, Title } from "@mantine/core";
import { Component, type ErrorInfo, type ReactNode } from "react";
import { isNotLoaded, NotLoaded } from "./not-loaded";

interface State {
  error: Error | null;
}

/** Catches rendering errors and shows them instead of an empty page. */
export class CrashBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidCatch(error: Error, info: ErrorInfo) {
    console.error("The page crashed.", error, info.componentStack);
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    if (isNotLoaded(error)) return <NotLoaded />;
    return (
      <Container component="main" size="sm" py="xl">
        <Stack align="flex-start" role="alert">
          <Title order={1} size="h2">
            The page has stopped
          </Title>
          <Text>This is an error in the page. Your documents are stored in the service, and jobs continue.</Text>
          <Code block>{error.message}</Code>
          <Button onClick={() => window.location.reload()}>Reload the page</Button>
        </Stack>
      </Container>
    );
  }
}
