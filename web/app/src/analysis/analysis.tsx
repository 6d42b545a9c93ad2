import { Alert, Button, Loader, Stack, Text, Textarea } from "@mantine/core";
import { IconBulb } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { dateTime, pluralize } from "../components/format";
import { ProblemAlert } from "../components/problem-alert";
import { JobProgress } from "../jobs/job-progress";
import { PollingStopped } from "../jobs/polling-stopped";
import { modelName } from "../jobs/writer";
import { InsightGroups } from "./insight-groups";
import classes from "./insights.module.css";
import { useAnalysis } from "./use-analysis";

interface AnalysisProps {
  documentId: string;
  blockId: string | null;
}

export default function Analysis({ documentId, blockId }: AnalysisProps) {
  const analysis = useAnalysis(documentId, blockId);
  const { polling, completed } = analysis;
  const failed = polling.job?.status === "FAILED" && polling.job.statusReason !== "CANCELLED" ? polling.job : null;
  return (
    <Stack gap="lg">
      <Text size="sm" c="dimmed">
        {blockId === null
          ? "An analysis reads the evidence of this document, and says what stands out. It changes no text."
          : "An analysis reads the evidence with the prompt of this block in mind, and says what stands out. It changes no text."}
      </Text>
      {!polling.isActive && <Form isStarting={analysis.isStarting} onSubmit={analysis.start} />}
      <ProblemAlert error={analysis.startError} title="The analysis cannot be started" />
      {polling.isActive && <JobProgress job={polling} headingLevel={3} />}
      {analysis.isPollingStopped && <PollingStopped onResume={polling.resume} />}
      {failed && (
        <Alert color="red" title="The analysis failed">
          {failed.error}
        </Alert>
      )}
      <ProblemAlert error={analysis.readError} title="The last analysis cannot be read" />
      {analysis.isLoading && <Loader size="sm" aria-label="Loading the last analysis" />}
      {completed?.result && "insights" in completed.result && completed.result.insights && (
        <section aria-label="Insights">
          {completed.prompt && (
            <Text fw={600} mb={4} className={classes.question ?? ""}>
              {completed.prompt}
            </Text>
          )}
          <Text size="xs" c="dimmed" mb="md">
            By {modelName(completed.result.model)} from {pluralize(completed.result.evidenceCount, "piece")} of
            evidence, {dateTime(completed.completedAt ?? completed.updatedAt)}
          </Text>
          <InsightGroups insights={completed.result.insights} />
        </section>
      )}
    </Stack>
  );
}

function Form({ isStarting, onSubmit }: { isStarting: boolean; onSubmit: (question: string) => void }) {
  const [question, setQuestion] = useState("");

  function submit(event: FormEvent) {
    event.preventDefault();
    onSubmit(question.trim());
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="sm" align="flex-start">
        <Textarea
          w="100%"
          label="Question"
          description="What to look at. If empty: themes, strengths, gaps and recommendations."
          autosize
          minRows={2}
          maxRows={8}
          value={question}
          onChange={(event) => setQuestion(event.currentTarget.value)}
        />
        <Button type="submit" size="sm" loading={isStarting} leftSection={<IconBulb size={16} />}>
          Analyze now
        </Button>
      </Stack>
    </form>
  );
}
