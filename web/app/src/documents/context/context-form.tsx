import { Button, Group, NumberInput, Stack, Switch, Text } from "@mantine/core";
import type { ContextConfig, Document as ReportDocument } from "@report-builder/jobs";
import { type FormEvent, useRef, useState } from "react";
import { useChangeDocument } from "../../api/documents";
import { ProblemAlert } from "../../components/problem-alert";
import { CategoryFilter, DateRangeFilter, TypeFilter } from "../../library/evidence-filters";
import { ChoiceList } from "./choice-list";
import { type Chosen, chosenText } from "./choices";
import { ContextPreview } from "./context-preview";
import { UnusedEvidence } from "./unused-evidence";
import { MAX_MATCHES } from "./use-matching-evidence";

interface ContextFormProps {
  document: ReportDocument;
  onClose: () => void;
}

/** Edits the context configuration of a document. Fields that this form does not know are sent back unchanged. */
export default function ContextForm({ document, onClose }: ContextFormProps) {
  const [config, setConfig] = useState<ContextConfig>(document.contextConfig);
  const save = useChangeDocument(document.id);
  const choosing = useChangeDocument(document.id);
  const choices = useRef<HTMLHeadingElement>(null);
  const change = (part: Partial<ContextConfig>) => setConfig({ ...config, ...part });

  /** What is pinned and left out is saved at once. The filters wait for the button. */
  function choose(chosen: Chosen) {
    change(chosen);
    choosing.mutate({ contextConfig: { ...document.contextConfig, ...chosen } });
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate({ contextConfig: config }, { onSuccess: onClose });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          The sources that the jobs of this document read. A job reads all evidence that matches, or an even choice over
          the period.
        </Text>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={() => choices.current?.focus()}>
            Pin or leave out pieces
          </Button>
          <Text size="sm" c="dimmed">
            {chosenText(config)}
          </Text>
        </Group>
        <DateRangeFilter
          start={config.evidenceDateRange.start ?? null}
          end={config.evidenceDateRange.end ?? null}
          onChange={(range) => change({ evidenceDateRange: { ...config.evidenceDateRange, ...range } })}
        />
        <TypeFilter value={config.evidenceTypes} onChange={(evidenceTypes) => change({ evidenceTypes })} />
        <CategoryFilter
          value={config.evidenceCategories}
          onChange={(evidenceCategories) => change({ evidenceCategories })}
        />
        <NumberInput
          label="Newest evidence only"
          description={`Empty: the whole period. Otherwise so many of the newest pieces, 1 to ${MAX_MATCHES}`}
          min={1}
          max={MAX_MATCHES}
          allowDecimal={false}
          clampBehavior="strict"
          value={config.maxEvidence ?? ""}
          onChange={(value) => change({ maxEvidence: typeof value === "number" ? value : null })}
        />
        <Switch
          label="Include active goals"
          checked={config.includeGoals}
          onChange={(event) => change({ includeGoals: event.currentTarget.checked })}
        />
        <Switch
          label="Include reviews"
          checked={config.includeReviews}
          onChange={(event) => change({ includeReviews: event.currentTarget.checked })}
        />
        <ProblemAlert error={save.error} title="The context cannot be saved" />
        <Group gap="xs">
          <Button type="submit" loading={save.isPending}>
            Save
          </Button>
        </Group>
        <ContextPreview config={config} />
        <UnusedEvidence document={document} config={config} onChange={choose} />
        <ChoiceList titleRef={choices} config={config} saving={choosing} onChange={choose} />
      </Stack>
    </form>
  );
}
