import { Text, Title } from "@mantine/core";
import type { Job } from "@report-builder/jobs";
import { type Decision, isProposal } from "../blocks/job/decided";
import { Markdown } from "../markdown/markdown";
import classes from "./job-page.module.css";

/** The text of a job that no section has: the text so far, a text that was not taken, or an analysis. */
export function JobText({ job, decision }: { job: Job; decision: Decision | null }) {
  const shown = textOf(job, decision);
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

function textOf(job: Job, decision: Decision | null): { title: string; note?: string; text: string } | null {
  const { status, result, progress } = job;
  if (progress?.partialText) return { title: "The text so far", text: progress.partialText };
  if (status !== "COMPLETED" || result === null) return null;
  if ("analysis" in result && result.analysis) return { title: "The analysis", text: result.analysis };
  if (decision === "TAKEN" || !isProposal(job) || !("content" in result) || !result.content) return null;
  return {
    title: decision === null ? "The proposed text" : "The text that the section did not take",
    note: "It is kept here for 90 days.",
    text: result.content,
  };
}
