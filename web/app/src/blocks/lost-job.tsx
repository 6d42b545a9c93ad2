import { Alert, Button, Text } from "@mantine/core";

/** Says that a job is no longer followed, because the service could not be asked. */
export function LostJob({ onLookAgain }: { onLookAgain: () => void }) {
  return (
    <Alert mt="md" color="yellow" title="Lost track of the job">
      <Text size="sm">It may still be under way. What it writes is kept.</Text>
      <Button size="compact-sm" variant="default" mt="xs" onClick={onLookAgain}>
        Look again
      </Button>
    </Alert>
  );
}
