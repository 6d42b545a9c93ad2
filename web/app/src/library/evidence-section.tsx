import { Anchor, Badge, EmptyState, Group, Text } from "@mantine/core";
import type { Evidence } from "@report-builder/jobs";
import { IconStack2 } from "@tabler/icons-react";
import { lazy, type ReactNode } from "react";
import { useSearchParams } from "react-router";
import { type EvidenceFilters, evidenceResource } from "../api/library";
import { date, humanize } from "../components/format";
import { labelOf } from "../components/labels";
import { safeUrl } from "../components/safe-url";
import { CrashBoundary } from "../layout/crash-boundary";
import { EntrySection } from "./entry-section";
import { EvidenceChart } from "./evidence-chart";
import { CategoryFilter, DateRangeFilter, TypeFilter } from "./evidence-filters";
import { filtersFrom, queryOf } from "./evidence-query";
import classes from "./library.module.css";
import { SearchField } from "./search-field";
import { UsedIn } from "./used-in";

const EvidenceForm = lazy(() => import("./evidence-form"));

/** What is left out stays as it is. Null is no limit. */
interface Range {
  start?: string | null;
  end?: string | null;
}

const FINISHED: readonly string[] = ["MERGED", "DONE"];

/** The evidence. The address keeps the search and the filters. */
export function EvidenceSection() {
  const [query, setQuery] = useSearchParams();
  const filters = filtersFrom(query);
  const change = (part: Partial<EvidenceFilters>) => setQuery(queryOf({ ...filters, ...part }), { replace: true });
  const setRange = ({ start = filters.start, end = filters.end }: Range) =>
    change({ start: start ?? "", end: end ?? "" });
  return (
    <EntrySection
      resource={evidenceResource}
      filters={filters}
      kind="evidence"
      noun="evidence"
      filterFields={
        <>
          <div className={classes.search}>
            <SearchField
              label="Search"
              placeholder="Title, summary or repository"
              value={filters.q ?? ""}
              onSearch={(q) => change({ q })}
            />
          </div>
          <div className={classes.filters}>
            <TypeFilter value={filters.type ?? []} onChange={(type) => change({ type })} />
            <CategoryFilter value={filters.category ?? []} onChange={(category) => change({ category })} />
            <DateRangeFilter start={filters.start ?? null} end={filters.end ?? null} onChange={setRange} />
          </div>
          <CrashBoundary of="part">
            <EvidenceChart filters={filters} onRange={setRange} />
          </CrashBoundary>
        </>
      }
      unmatched={
        <EmptyState
          icon={<IconStack2 size={40} stroke={1.3} />}
          py="xl"
          title="Nothing matches"
          description="Search for other words or remove a filter to see more."
        />
      }
      renderEmpty={(importButton) => <NoEvidence importButton={importButton} />}
      selectionHint={
        <Text size="sm" c="dimmed">
          To pin or leave out pieces, open “Context” in a document.
        </Text>
      }
      nameOf={({ title }) => title}
      renderEntry={(evidence) => <EvidenceEntry evidence={evidence} />}
      renderForm={(form) => <EvidenceForm key={form.entry?.id ?? "new"} {...form} />}
    />
  );
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
      <UsedIn evidence={evidence} />
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
