import { Button, Group, Loader, Text, VisuallyHidden } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { Block } from "@report-builder/jobs";
import { IconBulb, IconSparkles, IconWand } from "@tabler/icons-react";
import { lazy, Suspense, useId, useRef, useState } from "react";
import { AnalysisDrawer } from "../analysis/analysis-drawer";
import { dryRunOfBlock } from "../api/dry-run";
import { CitedText } from "../citations/cited-text";
import { ProblemAlert } from "../components/problem-alert";
import { useInFlightGuard } from "../components/use-in-flight-guard";
import { JobProgress } from "../jobs/job-progress";
import { PollingStopped } from "../jobs/polling-stopped";
import classes from "./block.module.css";
import { BlockEditor } from "./edit/block-editor";
import { isChanged, readDraft } from "./edit/drafts";
import type { Editing } from "./edit/editing";
import { saveOpenEditor } from "./edit/open-editors";
import { Estimate } from "./estimate/estimate";
import { useEstimate } from "./estimate/use-estimate";
import { WriteAnyway } from "./estimate/write-anyway";
import { focusBlock } from "./focus-block";
import { decisionOf, isProposal } from "./job/decided";
import { GeneratedBy } from "./job/generated-by";
import type { JobsOfBlock } from "./job/jobs-of-block";
import { type BlockJobRequest, useBlockJob } from "./job/use-block-job";
import { useFocusOnText } from "./job/use-focus-on-text";

// Most blocks have none of these.
const EndedJob = lazy(() => import("./job/ended-job"));
const RefineForm = lazy(() => import("./job/refine-form"));
const Proposal = lazy(() => import("./unapplied/proposal"));

interface PromptBlockProps {
  block: Block;
  /** Names the block in the labels of its buttons. */
  name: string;
  /** Null while the block is not edited. */
  editing: Editing | null;
  isSeen: boolean;
  headingLevel: 2 | 3;
  jobs: JobsOfBlock;
  onEdit: () => void;
  onEditGap: (start: number, end: number) => void;
  onCloseEditor: () => void;
}

/** A prompt and its answer, with the job that writes the answer. */
export function PromptBlock(props: PromptBlockProps) {
  const { block, name, editing, isSeen, headingLevel, jobs, onEdit, onEditGap, onCloseEditor } = props;
  const isEditing = editing !== null;
  const job = useBlockJob(block, jobs, isSeen);
  const [isRefining, refinement] = useDisclosure(false);
  const [isAnalyzing, analysis] = useDisclosure(false);
  const [isAsking, asking] = useDisclosure(false);
  const [isPreparing, setIsPreparing] = useState(false);
  const [savedFirst, setSavedFirst] = useState(false);
  const guard = useInFlightGuard();
  const estimate = useEstimate(dryRunOfBlock(block, () => readDraft(block.id)?.prompt || null));
  const estimateId = useId();
  const isBusy = job.isActive || job.isStarting || isPreparing;
  const isCancelled = !isBusy && job.job?.statusReason === "CANCELLED";
  const proposed = proposalOf(jobs.completed);
  const proposalId = proposed && decisionOf(block, proposed) === null ? proposed : null;

  const generateButton = useRef<HTMLButtonElement>(null);
  const article = useRef<HTMLElement>(null);
  const shownId = proposalId ?? (typeof block.metadata.jobId === "string" ? block.metadata.jobId : null);
  const text = useFocusOnText({ startedId: job.startedId, shownId, waiting: [generateButton, article] });

  async function cancel() {
    await job.cancel();
    focusBlock(block.id);
  }

  /** Saves what is typed, then starts the job. Asks first if a text would have no evidence. */
  async function prepare(request: BlockJobRequest) {
    const draft = isEditing ? readDraft(block.id) : null;
    if (!(await saveOpenEditor(block.id))) return;
    setSavedFirst(draft !== null && isChanged(draft));
    if (request.type === "GENERATE" && (await estimate.lacksEvidence())) asking.open();
    else job.start(request);
  }

  function start(request: BlockJobRequest) {
    if (isBusy) return;
    guard((done) => {
      setIsPreparing(true);
      void prepare(request).finally(() => {
        setIsPreparing(false);
        done();
      });
    });
  }

  return (
    <div
      ref={(element) => {
        article.current = element?.closest("article") ?? null;
      }}
    >
      {editing ? (
        <BlockEditor
          block={block}
          selection={editing.selection}
          onClose={onCloseEditor}
          onGenerate={() => start({ type: "GENERATE" })}
        />
      ) : (
        <Prompt block={block} onEdit={onEdit} />
      )}
      {!isEditing && block.content && (
        <>
          {/* biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields. */}
          <div ref={proposalId ? null : text} role="group" tabIndex={-1} aria-label="Answer" className={classes.answer}>
            <CitedText
              text={block.content}
              citations={block.citations}
              grounding={block.grounding}
              isOwn={block.contentBy === "USER"}
              headingLevel={headingLevel}
              onEditGap={onEditGap}
            />
          </div>
          <GeneratedBy block={block} />
        </>
      )}
      {!isEditing && !block.content && !isBusy && (
        <Text c="dimmed" size="sm" data-no-print>
          No answer yet. Generate one from your evidence, or write it yourself.
        </Text>
      )}
      <Suspense fallback={<Loader size="sm" mt="sm" aria-label="Loading" />}>
        {proposalId && <Proposal block={block} jobId={proposalId} ref={text} />}
      </Suspense>
      {job.isActive && <JobProgress job={{ ...job, cancel }} headingLevel={headingLevel} />}
      <VisuallyHidden role="status">{isCancelled && "Cancelled"}</VisuallyHidden>
      {job.isPollingStopped && <PollingStopped onResume={job.resume} />}
      {!isBusy && job.ended && (
        <Suspense fallback={null}>
          <EndedJob block={block} job={job.ended} onRetry={retry(job.ended.jobId)} />
        </Suspense>
      )}
      <ProblemAlert error={job.startError} title="The job cannot be started" />
      <Group gap="xs" className={classes.actions}>
        <span {...estimate.handlers}>
          <Button
            ref={generateButton}
            size="sm"
            variant={block.content ? "light" : "filled"}
            leftSection={isBusy ? <Loader size={16} color="gray" aria-hidden /> : <IconSparkles size={16} />}
            // A disabled button would lose the focus.
            aria-disabled={isBusy}
            data-disabled={isBusy}
            aria-label={`Generate: ${name}`}
            aria-describedby={estimateId}
            onClick={() => start({ type: "GENERATE" })}
          >
            Generate
          </Button>
        </span>
        <Button
          size="sm"
          variant="subtle"
          className={classes.quiet}
          leftSection={<IconWand size={16} />}
          disabled={isBusy || !block.content}
          aria-label={`Refine: ${name}`}
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
          aria-label={`Analyze: ${name}`}
          onClick={analysis.open}
        >
          Analyze
        </Button>
      </Group>
      <Text size="xs" c="dimmed" role="status">
        {savedFirst && isBusy && "Saved what you typed."}
      </Text>
      {isEditing && !isBusy && (
        <Text size="xs" c="dimmed" mt={6}>
          Your edit is saved before a job starts.
        </Text>
      )}
      {!isBusy && <Estimate id={estimateId} dryRun={estimate.dryRun} />}
      <Suspense fallback={<Loader size="sm" mt="sm" aria-label="Loading" />}>
        {isRefining && !isBusy && (
          <RefineForm
            onClose={() => {
              focusBlock(block.id);
              refinement.close();
            }}
            onSubmit={(prompt) => {
              focusBlock(block.id);
              refinement.close();
              start({ type: "REFINE", prompt });
            }}
          />
        )}
      </Suspense>
      <WriteAnyway
        opened={isAsking}
        onClose={asking.close}
        onConfirm={() => {
          asking.close();
          job.start({ type: "GENERATE" });
        }}
      />
      <AnalysisDrawer documentId={block.documentId} blockId={block.id} opened={isAnalyzing} onClose={analysis.close} />
    </div>
  );

  function retry(jobId: string) {
    return () => {
      focusBlock(block.id);
      job.retry(jobId);
    };
  }
}

function proposalOf(job: JobsOfBlock["completed"]): string | null {
  return job && isProposal(job) ? job.jobId : null;
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
      <span className={classes.promptLabel} data-no-print>
        Prompt
      </span>
      <p className={classes.promptText}>{block.prompt}</p>
    </div>
  );
}
