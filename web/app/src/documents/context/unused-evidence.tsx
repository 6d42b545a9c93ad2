import { Button, Text, Title } from "@mantine/core";
import type { ContextConfig, Document as ReportDocument } from "@report-builder/jobs";
import { IconPin } from "@tabler/icons-react";
import { useRef } from "react";
import { Piece } from "./choice-list";
import classes from "./choice-list.module.css";
import { type Chosen, choiceOf, choose } from "./choices";
import { unusedStrong } from "./strong-evidence";
import { useMatchingEvidence } from "./use-matching-evidence";

interface UnusedEvidenceProps {
  document: ReportDocument;
  config: ContextConfig;
  onChange: (chosen: Chosen) => void;
}

/** Strong evidence that no section uses yet and about which nothing is chosen, to pin it. */
export function UnusedEvidence({ document, config, onChange }: UnusedEvidenceProps) {
  const { data } = useMatchingEvidence(document.contextConfig);
  const title = useRef<HTMLHeadingElement>(null);
  const open = (data ?? []).filter(({ id }) => choiceOf(config, id) === "NORMAL");
  const unused = unusedStrong(open, document);
  if (!data) return null;

  function pin(id: string) {
    const chosen = choose(config, [id], "PINNED");
    if (!chosen) return;
    onChange(chosen);
    // The button goes away with its row.
    title.current?.focus();
  }

  return (
    <section aria-label="Strong evidence that is not used yet">
      <Title order={3} size="h5" ref={title} tabIndex={-1}>
        Strong evidence that is not used yet
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {unused.length > 0
          ? "Finished work of your own that no section of this document cites."
          : "Every larger piece of finished work is cited, pinned or left out."}
      </Text>
      {unused.length > 0 && (
        <ul className={classes.list}>
          {unused.map((evidence) => (
            <li key={evidence.id}>
              <Piece evidence={evidence} />
              <Button
                size="compact-sm"
                variant="default"
                leftSection={<IconPin size={15} />}
                aria-label={`Pin ${evidence.title}`}
                disabled={choose(config, [evidence.id], "PINNED") === null}
                onClick={() => pin(evidence.id)}
              >
                Pin
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
