import { Button, Container, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

/** The messages of Chromium, Firefox and Safari, and of Vite for a style sheet. */
const MESSAGES = /dynamically imported module|importing a module script failed|unable to preload css/i;

/** True if the code of a page could not be fetched. */
export function isNotLoaded(error: Error): boolean {
  return MESSAGES.test(error.message);
}

/** Shown in place of a page whose code could not be fetched. A reload fetches it, as soon as the service answers. */
export function NotLoaded() {
  const retry = useMutation({
    // Without this request, a reload without a connection would lose the whole page.
    mutationFn: () => fetch("/", { method: "HEAD", cache: "no-store" }),
    networkMode: "always",
    onSuccess: () => window.location.reload(),
  });
  return (
    <Container size="sm" py="xl">
      <Stack align="flex-start" role="alert">
        <Title order={1} size="h2">
          There is no connection
        </Title>
        <Text>This page could not be loaded. Your documents are stored in the service, and jobs continue.</Text>
        <Button loading={retry.isPending} onClick={() => retry.mutate()}>
          Try again
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {retry.isError && "There is still no connection."}
        </Text>
      </Stack>
    </Container>
  );
}
