import { Text, Title } from "@mantine/core";
import type { Job } from "@report-builder/jobs";
import { Markdown } from "../markdown/markdown";
import classes from "./job-page.module.css";

/** The text of a job that no section has: the text so far, a text that was not taken, or an analysis. */
export function JobText({ job }: { job: Job }) {
  const shown = textOf(job);
  if (shown === null) return null;
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        {shown.title}
      </Title>
      {shown.note && (
        <Text size="sm" c="dimmed" mb="xs">
          {shown.note}
        </Text>
      )}
      <div className={classes.text} data-testid="job-text">
        <Markdown text={shown.text} headingLevel={3} />
      </div>
    </section>
  );
}

function textOf({
  status,
  statusReason,
  result,
  progress,
}: Job): { title: string; note?: string; text: string } | null {
  if (progress?.partialText) return { title: "The text so far", text: progress.partialText };
  if (status !== "COMPLETED" || result === null) return null;
  if ("analysis" in result && result.analysis) return { title: "The analysis", text: result.analysis };
  const isUntaken = statusReason === "NOT_APPLIED" || statusReason === "PROPOSED";
  if (!isUntaken || !("content" in result) || !result.content) return null;
  return {
    title: "The text that the section did not take",
    note: "It is kept here for 90 days.",
    text: result.content,
  };
}
