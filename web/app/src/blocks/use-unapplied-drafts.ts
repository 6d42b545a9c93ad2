import { useLocalStorage } from "@mantine/hooks";
import type { Block, Job } from "@report-builder/jobs";
import { useJobs } from "../api/jobs";
import { unappliedDrafts } from "./unapplied";

const KEY = "report-builder.decided-drafts";
/** More are never waiting; the oldest are forgotten. */
const KEPT_AT_MOST = 200;

/** The texts of jobs that were not applied, also after a reload of the page. */
export function useUnappliedDrafts(documentId: string, blocks: readonly Block[]): Job[] {
  const { items } = useJobs({ documentId, status: ["COMPLETED"], type: ["GENERATE", "REFINE"] });
  const [decided] = useDecided();
  return unappliedDrafts(items, blocks, decided);
}

/** Remembers that the reader has taken or turned down the text of a job. */
export function useDecide(): (jobId: string) => void {
  const [, setDecided] = useDecided();
  return (jobId) => setDecided((decided) => [jobId, ...decided].slice(0, KEPT_AT_MOST));
}

function useDecided() {
  return useLocalStorage<string[]>({ key: KEY, defaultValue: [], getInitialValueInEffect: false });
}
