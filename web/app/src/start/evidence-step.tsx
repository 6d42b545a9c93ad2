import { Button, Group, Text } from "@mantine/core";
import { Importer } from "../library/import/importer";
import type { Importing } from "../library/import/use-import";

interface EvidenceStepProps {
  importing: Importing;
  onContinue: () => void;
}

/** Asks for a file with the work that the review is about. */
export function EvidenceStep({ importing, onContinue }: EvidenceStepProps) {
  const isImported = importing.outcome?.isCheck === false && importing.outcome.waiting.length === 0;
  return (
    <>
      <Text mb="md">
        Drafts are written from what you did, and cite it. Bring your pull requests or tickets as a file. You can add
        more at any time in the library.
      </Text>
      <Importer kind="evidence" importing={importing} />
      <Group justify="flex-end" mt="lg">
        <Button variant={isImported ? "filled" : "subtle"} disabled={importing.isSending} onClick={onContinue}>
          {isImported ? "Continue" : "Continue without a file"}
        </Button>
      </Group>
    </>
  );
}
