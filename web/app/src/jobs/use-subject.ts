import type { Job } from "@report-builder/jobs";
import { useQuery } from "@tanstack/react-query";
import { readBlock } from "../api/blocks";
import { documentKeys } from "../api/documents";
import { firstWords } from "../components/format";

/**
 * What a job is about, in a few words: its own prompt, or else the prompt of its block. Only the block is read for
 * that, once, and when `isSeen`.
 */
export function useSubject(job: Job, isSeen: boolean): string {
  const { documentId, blockId, prompt } = job;
  const { data: block } = useQuery({
    queryKey: [...documentKeys.one(documentId), "block", blockId],
    queryFn: ({ signal }) => readBlock({ documentId, blockId: blockId ?? "" }, signal),
    enabled: isSeen && prompt === null && blockId !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const words = prompt ?? block?.prompt ?? block?.content;
  if (words) return firstWords(words);
  return blockId === null ? "The whole document" : "A section";
}
