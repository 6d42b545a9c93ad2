import { Button, Group, Text, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Block, Job } from "@report-builder/jobs";
import { IconBulb, IconSparkles, IconWand } from "@tabler/icons-react";
import { AnalysisDrawer } from "../analysis/analysis-drawer";
import { CitedText } from "../citations/cited-text";
import { ProblemAlert } from "../components/problem-alert";
import { JobProgress } from "../jobs/job-progress";
import { PollingStopped } from "../jobs/polling-stopped";
import classes from "./block.module.css";
import { focusBlock } from "./focus-block";
import { EndedJob } from "./job/ended-job";
import { GeneratedBy } from "./job/generated-by";
import { RefineForm } from "./job/refine-form";
import { useBlockJob } from "./job/use-block-job";
import { UnappliedDraft } from "./unapplied/unapplied-drafts";

interface PromptBlockProps {
  block: Block;
  isEditing: boolean;
  isSeen: boolean;
  headingLevel: 2 | 3;
  unapplied: Job | null;
  onEdit: () => void;
}

/** A prompt and its answer, with the job that writes the answer. */
export function PromptBlock({ block, isEditing, isSeen, headingLevel, unapplied, onEdit }: PromptBlockProps) {
  const job = useBlockJob(block, isSeen);
  const [isRefining, refinement] = useDisclosure(false);
  const [isAnalyzing, analysis] = useDisclosure(false);
  const isBusy = job.isActive || job.isStarting;
  const isCancelled = !isBusy && job.job?.statusReason === "CANCELLED";

  async function cancel() {
    await job.cancel();
    focusBlock(block.id);
  }

  return (
    <>
      {!isEditing && <Prompt block={block} onEdit={onEdit} />}
      {!isEditing && block.content && (
        <>
          <CitedText text={block.content} citations={block.citations} headingLevel={headingLevel} />
          <GeneratedBy block={block} />
        </>
      )}
      {!isEditing && !block.content && !isBusy && (
        <Text c="dimmed" size="sm">
          No answer yet. Generate one from your evidence, or write it yourself.
        </Text>
      )}
      {unapplied && <UnappliedDraft block={block} jobId={unapplied.jobId} />}
      {job.isActive && <JobProgress job={{ ...job, cancel }} headingLevel={headingLevel} />}
      <VisuallyHidden role="status">{isCancelled && "Cancelled"}</VisuallyHidden>
      {job.isPollingStopped && <PollingStopped onResume={job.resume} />}
      {!job.isActive && job.job && <EndedJob job={job} />}
      <ProblemAlert error={job.startError} title="The job cannot be started" />
      <ProblemAlert error={job.findError} title="Jobs of this block cannot be looked up" />
      <Group gap="xs" className={classes.actions}>
        <Button
          size="sm"
          variant={block.content ? "light" : "filled"}
          leftSection={<IconSparkles size={16} />}
          loading={job.isStarting}
          disabled={isBusy}
          onClick={() => job.start({ type: "GENERATE" })}
        >
          Generate
        </Button>
        <Button
          size="sm"
          variant="subtle"
          className={classes.quiet}
          leftSection={<IconWand size={16} />}
          disabled={isBusy || !block.content}
          aria-expanded={isRefining}
          onClick={refinement.toggle}
        >
          Refine
        </Button>
        <Button
          size="sm"
          variant="subtle"
          className={classes.quiet}
          leftSection={<IconBulb size={16} />}
          onClick={analysis.open}
        >
          Analyze
        </Button>
      </Group>
      {isRefining && !isBusy && (
        <RefineForm
          onClose={refinement.close}
          onSubmit={(prompt) => {
            refinement.close();
            job.start({ type: "REFINE", prompt });
          }}
        />
      )}
      <AnalysisDrawer documentId={block.documentId} blockId={block.id} opened={isAnalyzing} onClose={analysis.close} />
    </>
  );
}

function Prompt({ block, onEdit }: { block: Block; onEdit: () => void }) {
  if (!block.prompt) {
    return (
      <Button variant="subtle" size="compact-sm" mb="xs" onClick={onEdit}>
        Write a prompt
      </Button>
    );
  }
  return (
    <div className={classes.prompt}>
      <span className={classes.promptLabel}>Prompt</span>
      <p className={classes.promptText}>{block.prompt}</p>
    </div>
  );
}
