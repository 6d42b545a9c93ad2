import type { Job } from "@report-builder/jobs";
import { usePromptsAndHeadings } from "../api/blocks";
import { type Decision, decisionOf } from "../blocks/job/decided";
import { headingAbove } from "../blocks/sections";
import { firstWords } from "../components/format";
import type { DocumentName } from "./use-document-names";

export interface Subject {
  /** What the job was asked: its own prompt, or else the prompt of its block. */
  asked: string | undefined;
  /** The heading above its block. */
  section: string | undefined;
  /** What became of its text, if it is a proposal. */
  decision: Decision | null;
}

/** What a job is about. All jobs of a document share one request. */
export function useSubject(job: Job, document: DocumentName): Subject {
  const isKnown = document.name !== undefined && job.blockId !== null;
  const blocks = usePromptsAndHeadings(isKnown ? job.documentId : null);
  const block = blocks.find(({ id }) => id === job.blockId);
  const headingId = block && headingAbove(blocks, block.id);
  const section = blocks.find(({ id }) => id === headingId)?.content;
  const decision = block ? decisionOf(block, job.jobId) : null;
  return { asked: job.prompt || block?.prompt || undefined, section: section || undefined, decision };
}

/** What a job is about, in a few words. */
export function titleOf(job: Job, { asked, section }: Subject): string {
  if (asked) return firstWords(asked);
  if (job.documentId === null) return "A text of another app";
  return job.blockId === null ? "The whole document" : (section ?? "A section");
}
