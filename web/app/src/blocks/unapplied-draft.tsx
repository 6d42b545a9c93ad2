import type { Block } from "@report-builder/jobs";
import { addressOf, useChangeBlock } from "../api/blocks";
import { useEndedJob } from "../api/jobs";
import { ProblemAlert } from "../components/problem-alert";
import { TextChoice } from "../diff/text-choice";
import { useDecide } from "./use-unapplied-drafts";

interface UnappliedDraftProps {
  block: Block;
  jobId: string;
}

/** The text of a job that did not overwrite the reader's edit, offered next to it. */
export function UnappliedDraft({ block, jobId }: UnappliedDraftProps) {
  const { data: job, error } = useEndedJob(jobId);
  const change = useChangeBlock(addressOf(block));
  const decide = useDecide();
  const result = job?.result;
  const content = result && "content" in result ? result.content : null;
  if (error) return <ProblemAlert error={error} title="The draft cannot be read" />;
  if (typeof content !== "string" || content === block.content) return null;
  return (
    <TextChoice
      title="A draft is waiting"
      explanation="You edited this block while the job wrote it. Your edit stands; here is the draft."
      differences={[{ name: "content", mine: block.content ?? "", theirs: content }]}
      theirsLabel="The draft"
      useTheirs="Use the draft"
      pending={change.isPending}
      error={change.error}
      onKeepMine={() => decide(jobId)}
      onUseTheirs={() =>
        change.mutate({ patch: { fromJob: jobId }, version: block.version }, { onSuccess: () => decide(jobId) })
      }
    />
  );
}
