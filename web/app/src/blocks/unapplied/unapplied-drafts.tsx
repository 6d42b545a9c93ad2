import { useLocalStorage } from "@mantine/hooks";
import type { Block, Job } from "@report-builder/jobs";
import { idsOf, useChangeBlock } from "../../api/blocks";
import { useEndedJob, useJobs } from "../../api/jobs";
import { ProblemAlert } from "../../components/problem-alert";
import { TextChoice } from "../../diff/text-choice";
import { selectUnapplied } from "./select-unapplied";

const KEY = "report-builder.decided-drafts";
/** The oldest decisions are dropped. Far fewer texts than this wait for a decision. */
const MAX_DECISIONS = 200;

/** Completed jobs whose text was not applied and waits for a decision of the user. */
export function useUnappliedDrafts(documentId: string, blocks: readonly Block[]): Job[] {
  const { items } = useJobs({ documentId, status: ["COMPLETED"], type: ["GENERATE", "REFINE"] });
  const [decided] = useDecided();
  return selectUnapplied(items, blocks, decided);
}

interface UnappliedDraftProps {
  block: Block;
  jobId: string;
}

/** Shows the text of a job that did not overwrite the user's edit. The user chooses between the two. */
export function UnappliedDraft({ block, jobId }: UnappliedDraftProps) {
  const { data: job, error } = useEndedJob(jobId);
  const change = useChangeBlock(idsOf(block));
  const [, setDecided] = useDecided();
  const rememberDecision = () => setDecided((decided) => [jobId, ...decided].slice(0, MAX_DECISIONS));
  const result = job?.result;
  const content = result && "content" in result ? result.content : null;
  if (error) return <ProblemAlert error={error} title="The draft cannot be read" />;
  if (typeof content !== "string" || content === block.content) return null;
  return (
    <TextChoice
      title="A draft is waiting"
      explanation={
        result?.notices.includes("TRUNCATED")
          ? "The draft reached the length limit and is incomplete. The block kept its text. You can use the draft instead."
          : "You edited this block while a job was writing it. Your edit was not overwritten. You can use the draft instead."
      }
      differences={[{ name: "content", mine: block.content ?? "", theirs: content }]}
      theirsLabel="The draft"
      useTheirs="Use the draft"
      pending={change.isPending}
      error={change.error}
      onKeepMine={rememberDecision}
      onUseTheirs={() =>
        change.mutate({ patch: { fromJob: jobId }, version: block.version }, { onSuccess: rememberDecision })
      }
    />
  );
}

/** Ids of jobs whose text the user has accepted or rejected, newest first, in the local storage. */
function useDecided() {
  return useLocalStorage<string[]>({ key: KEY, defaultValue: [], getInitialValueInEffect: false });
}
