import { Paper, Stack, Text, Title } from "@mantine/core";
import type { Insight, Insights } from "@report-builder/jobs";
import { useSource } from "../api/library";
import { SourceButton } from "../citations/source-button";
import { titleOf } from "../citations/source-title";
import { Markdown } from "../markdown/markdown";
import classes from "./insights.module.css";

const GROUPS: { key: keyof Insights; title: string }[] = [
  { key: "themes", title: "Themes" },
  { key: "strengths", title: "Strengths" },
  { key: "gaps", title: "Gaps" },
  { key: "recommendations", title: "Recommendations" },
];

/** Insights by kind, each with links to its evidence. */
export function InsightGroups({ insights }: { insights: Insights }) {
  return (
    <Stack gap="xl">
      {GROUPS.filter(({ key }) => insights[key].length > 0).map(({ key, title }) => (
        <section key={key}>
          <Title order={3} size="h4" mb="xs">
            {title}
          </Title>
          <Stack gap="sm">
            {insights[key].map((insight) => (
              <InsightCard key={`${insight.title} ${insight.summary}`} insight={insight} />
            ))}
          </Stack>
        </section>
      ))}
    </Stack>
  );
}

function InsightCard({ insight }: { insight: Insight }) {
  return (
    <Paper withBorder p="md" className={classes.card}>
      <Title order={4} size="sm" mb={4}>
        {insight.title}
      </Title>
      <div className={classes.summary}>
        <Markdown text={insight.summary} headingLevel={4} />
      </div>
      {insight.evidenceIds.length > 0 ? (
        <ul className={classes.evidence} aria-label="Evidence">
          {insight.evidenceIds.map((id) => (
            <li key={id}>
              <EvidenceButton id={id} />
            </li>
          ))}
        </ul>
      ) : (
        <Text size="xs" c="dimmed" mt="xs">
          This insight names no evidence.
        </Text>
      )}
    </Paper>
  );
}

function EvidenceButton({ id }: { id: string }) {
  const { data } = useSource("EVIDENCE", id);
  return (
    <SourceButton source={{ sourceType: "EVIDENCE", sourceId: id, quotes: [] }} className={classes.chip}>
      {data ? titleOf(data) : "Evidence"}
    </SourceButton>
  );
}
