import { Anchor, Badge, EmptyState, Group, Text } from "@mantine/core";
import type { Evidence } from "@report-builder/jobs";
import { IconStack2 } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import { type EvidenceFilters, evidenceResource } from "../api/library";
import { date, humanize } from "../components/format";
import { labelOf } from "../components/labels";
import { safeUrl } from "../components/safe-url";
import { EntrySection } from "./entry-section";
import { CategoryFilter, DateRangeFilter, TypeFilter } from "./evidence-filters";
import { EvidenceForm } from "./evidence-form";
import classes from "./library.module.css";

const FINISHED: readonly string[] = ["MERGED", "DONE"];

export function EvidenceSection() {
  const [filters, setFilters] = useState<EvidenceFilters>({});
  return (
    <EntrySection
      resource={evidenceResource}
      filters={filters}
      kind="evidence"
      noun="evidence"
      filterFields={
        <div className={classes.filters}>
          <TypeFilter
            value={filters.type ?? []}
            onChange={(type) => setFilters(({ type: _, ...rest }) => (type.length > 0 ? { ...rest, type } : rest))}
          />
          <CategoryFilter
            value={filters.category ?? []}
            onChange={(category) =>
              setFilters(({ category: _, ...rest }) => (category.length > 0 ? { ...rest, category } : rest))
            }
          />
          <DateRangeFilter
            start={filters.start ?? null}
            end={filters.end ?? null}
            onChange={(range) => setFilters((before) => withRange(before, range))}
          />
        </div>
      }
      unmatched={
        <EmptyState
          icon={<IconStack2 size={40} stroke={1.3} />}
          py="xl"
          title="Nothing matches"
          description="Remove a filter to see more."
        />
      }
      renderEmpty={(importButton) => <NoEvidence importButton={importButton} />}
      nameOf={({ title }) => title}
      renderEntry={(evidence) => <EvidenceEntry evidence={evidence} />}
      renderForm={(form) => <EvidenceForm key={form.entry?.id ?? "new"} {...form} />}
    />
  );
}

function withRange(filters: EvidenceFilters, range: { start?: string | null; end?: string | null }): EvidenceFilters {
  const { start, end, ...rest } = { ...filters, ...range };
  return { ...rest, ...(start && { start }), ...(end && { end }) };
}

function EvidenceEntry({ evidence }: { evidence: Evidence }) {
  const link = evidence.url ? safeUrl(evidence.url) : undefined;
  return (
    <>
      <Text fw={600} lineClamp={2} title={evidence.title}>
        {link ? (
          <Anchor href={link} inherit target="_blank" rel="noopener noreferrer nofollow">
            {evidence.title}
          </Anchor>
        ) : (
          evidence.title
        )}
      </Text>
      <Text size="sm" mt={2} className={classes.clamped}>
        {evidence.summary}
      </Text>
      <Group gap="xs" mt={8}>
        <Badge variant="light" color="gray" tt="none" fw={500}>
          {labelOf(evidence.type)}
        </Badge>
        {evidence.category && (
          <Badge variant="light" color="pine" tt="none" fw={500}>
            {labelOf(evidence.category)}
          </Badge>
        )}
        {evidence.state && !FINISHED.includes(evidence.state) && (
          <Badge variant="light" color="yellow" tt="none" fw={500}>
            {humanize(evidence.state)}
          </Badge>
        )}
        <Text size="xs" c="dimmed">
          {[date(evidence.occurredAt), evidence.scope && `${evidence.scope} scope`, evidence.repo]
            .filter(Boolean)
            .join(" · ")}
        </Text>
      </Group>
    </>
  );
}

function NoEvidence({ importButton }: { importButton: ReactNode }) {
  return (
    <EmptyState icon={<IconStack2 size={40} stroke={1.3} />} py="xl">
      <EmptyState.Title>No evidence yet</EmptyState.Title>
      <EmptyState.Description>
        Drafts are written from pull requests, tickets and thanks. Import a file of GitHub, Jira or Linear, or add an
        entry by hand.
      </EmptyState.Description>
      <EmptyState.Actions>{importButton}</EmptyState.Actions>
    </EmptyState>
  );
}
