import { Anchor, Badge, Button, EmptyState, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Evidence } from "@report-builder/jobs";
import { IconDatabaseImport, IconStack2 } from "@tabler/icons-react";
import { useState } from "react";
import { type EvidenceFilters, evidenceResource } from "../api/library";
import { date, humanize } from "../components/format";
import { labelOf } from "../components/labels";
import { safeUrl } from "../components/safe-url";
import { EntrySection } from "./entry-section";
import { CategoryFilter, DateRangeFilter, TypeFilter } from "./evidence-filters";
import { EvidenceForm } from "./evidence-form";
import { ImportDrawer } from "./import/import-drawer";
import classes from "./library.module.css";

const FINISHED: readonly string[] = ["MERGED", "DONE"];

export function EvidenceSection() {
  const [filters, setFilters] = useState<EvidenceFilters>({});
  const [importing, importer] = useDisclosure(false);
  return (
    <>
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
      <EntrySection
        resource={evidenceResource}
        filters={filters}
        noun="evidence"
        tools={
          <Button variant="default" size="sm" leftSection={<IconDatabaseImport size={16} />} onClick={importer.open}>
            Import
          </Button>
        }
        empty={<NoEvidence isFiltered={Object.keys(filters).length > 0} />}
        nameOf={({ title }) => title}
        renderEntry={(evidence) => <EvidenceEntry evidence={evidence} />}
        renderForm={(form) => <EvidenceForm key={form.entry?.id ?? "new"} {...form} />}
      />
      <ImportDrawer opened={importing} onClose={importer.close} />
    </>
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
      <Text fw={600}>
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

function NoEvidence({ isFiltered }: { isFiltered: boolean }) {
  return (
    <EmptyState
      icon={<IconStack2 size={40} stroke={1.3} />}
      py="xl"
      title={isFiltered ? "Nothing matches" : "No evidence yet"}
      description={
        isFiltered
          ? "Remove a filter to see more."
          : "Drafts are written from pull requests, tickets and thanks. Import a file of GitHub, Jira or Linear, or add an entry by hand."
      }
    />
  );
}
