import { Alert, Button, Container, Stack, Text, Title } from "@mantine/core";
import { useEffect, useState } from "react";

/** The messages of Chromium, Firefox and Safari, and of Vite for a style sheet. */
const MESSAGES = /dynamically imported module|importing a module script failed|unable to preload css/i;

/** True if the code of a page, or of a part of it, could not be fetched. */
export function isNotLoaded(error: Error): boolean {
  return MESSAGES.test(error.message);
}

type Cause = "unreachable" | "new version" | "unknown";

const WORDS: Record<Cause, { title: string; text: string; button: string }> = {
  unreachable: {
    title: "There is no connection",
    text: "This could not be loaded. Your documents are stored in the service, and jobs continue.",
    button: "Try again",
  },
  "new version": {
    title: "There is a new version",
    text: "This page is older than the service, and needs a reload. What you typed stays.",
    button: "Reload the page",
  },
  unknown: {
    title: "This could not be loaded",
    text: "The service answers, but a file of the page did not arrive. Your documents are stored in the service.",
    button: "Reload the page",
  },
};

/** Shown in place of code that could not be fetched. A reload fetches it, also as soon as the network is back. */
export function NotLoaded({ isPage }: { isPage: boolean }) {
  const [cause, setCause] = useState<Cause | null>(null);
  const [isTrying, setIsTrying] = useState(false);
  const [hasFailedAgain, setHasFailedAgain] = useState(false);
  useEffect(() => {
    void causeNow().then(setCause);
  }, []);
  useEffect(() => {
    // A part does not reload the page below the hands of the user.
    if (!isPage) return;
    window.addEventListener("online", reloadIfReachable);
    return () => window.removeEventListener("online", reloadIfReachable);
  }, [isPage]);

  async function retry() {
    setIsTrying(true);
    await reloadIfReachable();
    setHasFailedAgain(true);
    setIsTrying(false);
  }

  if (cause === null) return null;
  const { title, text, button } = WORDS[cause];
  const body = (
    <>
      <Text {...(!isPage && { size: "sm" })}>{text}</Text>
      <Button size={isPage ? "sm" : "compact-sm"} loading={isTrying} onClick={retry}>
        {button}
      </Button>
      <Text size="sm" c="dimmed" role="status">
        {hasFailedAgain && "There is still no connection."}
      </Text>
    </>
  );
  if (!isPage) {
    return (
      <Alert role="alert" color="yellow" title={title}>
        <Stack gap="xs" align="flex-start">
          {body}
        </Stack>
      </Alert>
    );
  }
  return (
    <Container size="sm" py="xl">
      <Stack align="flex-start" role="alert">
        <Title order={1} size="h2">
          {title}
        </Title>
        {body}
      </Stack>
    </Container>
  );
}

/** Reloads the page, but not without a connection, which would lose the whole page. */
async function reloadIfReachable() {
  if ((await causeNow()) !== "unreachable") window.location.reload();
}

/** Compares this page with the one that the service has now: each build names its first script differently. */
async function causeNow(): Promise<Cause> {
  try {
    const answer = await fetch("/", { headers: { accept: "text/html" }, cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const script = addressOfScript(page);
    return script !== undefined && script !== addressOfScript(document) ? "new version" : "unknown";
  } catch {
    return "unreachable";
  }
}

function addressOfScript(page: Document): string | undefined {
  return page.querySelector('script[type="module"][src]')?.getAttribute("src") ?? undefined;
}
