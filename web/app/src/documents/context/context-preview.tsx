import { Loader, Text, Title } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import type { ContextConfig, Evidence } from "@report-builder/jobs";
import { count, date, pluralize } from "../../components/format";
import { labelOf } from "../../components/labels";
import { ProblemAlert } from "../../components/problem-alert";
import classes from "./context-preview.module.css";
import { MAX_MATCHES, useMatchingEvidence } from "./use-matching-evidence";

const MAX_SHOWN = 20;
const DEBOUNCE_MS = 300;

/** The evidence that matches the configuration in the form, before it is saved. */
export function ContextPreview({ config }: { config: ContextConfig }) {
  const [debounced] = useDebouncedValue(config, DEBOUNCE_MS);
  const { data: matching, error, isFetching } = useMatchingEvidence(debounced);
  const data = matching?.filter(({ id }) => !config.excludedEvidenceIds.includes(id));
  const others = config.pinnedEvidenceIds.filter((id) => !data?.some((evidence) => evidence.id === id)).length;
  return (
    <section aria-label="Matching evidence">
      <Title order={3} size="h5" className={classes.title}>
        Matching evidence {isFetching && <Loader size={14} aria-label="Counting" />}
      </Title>
      <ProblemAlert error={error} title="The evidence cannot be read" />
      {matching && data && (
        <>
          <Text size="sm" role="status">
            {summary(data.length, matching.length >= MAX_MATCHES, config.maxEvidence)}
            {others > 0 && ` It also reads ${count(others)} pinned.`}
          </Text>
          <Text size="xs" c="dimmed">
            {countsByType(data)}
          </Text>
          <ol className={classes.list}>
            {data.slice(0, MAX_SHOWN).map((evidence) => (
              <li key={evidence.id}>
                <span className={classes.name}>{evidence.title}</span>
                <span className={classes.date}>{date(evidence.occurredAt)}</span>
              </li>
            ))}
          </ol>
          {data.length > MAX_SHOWN && (
            <Text size="xs" c="dimmed">
              and {data.length - MAX_SHOWN} more
            </Text>
          )}
        </>
      )}
    </section>
  );
}

function summary(found: number, hasMore: boolean, maxEvidence: number | null): string {
  if (found === 0) return "No evidence matches.";
  const counted = hasMore ? `${found} or more pieces` : pluralize(found, "piece");
  if (maxEvidence !== null && found > maxEvidence) return `${counted} match. A job reads the newest ${maxEvidence}.`;
  if (maxEvidence === null && hasMore) {
    return `${counted} match. A job reads ${MAX_MATCHES} of them at most, evenly over the period.`;
  }
  return `${counted} match. A job reads all of them.`;
}

function countsByType(found: readonly Evidence[]): string {
  const counts = new Map<string, number>();
  for (const { type } of found) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, number]) => `${labelOf(type)} ${number}`).join(" · ");
}
