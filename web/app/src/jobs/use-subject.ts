import type { Job } from "@report-builder/jobs";
import { useQuery } from "@tanstack/react-query";
import { readBlock } from "../api/blocks";
import { documentKeys } from "../api/documents";
import { firstWords } from "../components/format";

/**
 * What a job was asked: its own prompt, or else the prompt or text of its block. Only the block is read for that, once,
 * and when `isSeen`. Undefined if there is none.
 */
export function useAsked(job: Job, isSeen: boolean): string | undefined {
  const { documentId, blockId, prompt } = job;
  const { data: block } = useQuery({
    queryKey: [...documentKeys.one(documentId ?? ""), "block", blockId],
    queryFn: ({ signal }) => readBlock({ documentId: documentId ?? "", blockId: blockId ?? "" }, signal),
    enabled: isSeen && prompt === null && documentId !== null && blockId !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return prompt || block?.prompt || block?.content || undefined;
}

/** What a job is about, in a few words. */
export function subjectOf(job: Job, asked: string | undefined): string {
  if (asked) return firstWords(asked);
  if (job.documentId === null) return "A text of another app";
  return job.blockId === null ? "The whole document" : "A section";
}
