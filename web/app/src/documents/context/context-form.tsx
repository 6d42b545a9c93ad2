import { Button, Group, NumberInput, Stack, Switch, Text } from "@mantine/core";
import type { ContextConfig, Document as ReportDocument } from "@report-builder/jobs";
import { type FormEvent, useState } from "react";
import { useChangeDocument } from "../../api/documents";
import { ProblemAlert } from "../../components/problem-alert";
import { CategoryFilter, DateRangeFilter, TypeFilter } from "../../library/evidence-filters";
import { ContextPreview } from "./context-preview";

const MAX_EVIDENCE = 500;

interface ContextFormProps {
  document: ReportDocument;
  onClose: () => void;
}

/** Edits the context configuration of a document. Fields that this form does not know are sent back unchanged. */
export default function ContextForm({ document, onClose }: ContextFormProps) {
  const [config, setConfig] = useState<ContextConfig>(document.contextConfig);
  const save = useChangeDocument(document.id);
  const change = (part: Partial<ContextConfig>) => setConfig({ ...config, ...part });

  function submit(event: FormEvent) {
    event.preventDefault();
    save.mutate({ contextConfig: config }, { onSuccess: onClose });
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          The sources that the jobs of this document read. A job reads the newest evidence that matches.
        </Text>
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
          label="Maximum evidence"
          description={`1 to ${MAX_EVIDENCE} pieces`}
          min={1}
          max={MAX_EVIDENCE}
          allowDecimal={false}
          clampBehavior="strict"
          required
          value={config.maxEvidence}
          onChange={(value) => typeof value === "number" && change({ maxEvidence: value })}
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
      </Stack>
    </form>
  );
}
