import { notifications } from "@mantine/notifications";
import { type Block, hasEnded, type Job, type NewJob, useJobPolling } from "@report-builder/jobs";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useRefreshDocument } from "../../api/documents";
import { retryJob, startJob, useRefreshJobs } from "../../api/jobs";
import { isPollingStopped } from "../../jobs/polling-stopped";
import type { JobsOfBlock } from "./jobs-of-block";
import { startOrJoin } from "./start-or-join";

export interface BlockJobRequest {
  type: "GENERATE" | "REFINE";
  /** The instruction of a REFINE. */
  prompt?: string;
}

/**
 * Starts and polls the job that writes a block.
 *
 * @param isSeen false polls only a job that was started here, as long as the block has not been near the viewport.
 */
export function useBlockJob(block: Block, jobs: JobsOfBlock, isSeen: boolean) {
  const refreshDocument = useRefreshDocument(block.documentId);
  const refreshJobs = useRefreshJobs();
  const [startedId, setStartedId] = useState<string | null>(null);

  function refresh() {
    void refreshDocument();
    void refreshJobs();
  }

  const polledId = newest([startedId, isSeen ? jobs.activeId : null]);
  const polling = useJobPolling({ jobId: polledId, onComplete: refresh, onError: refresh });
  const starting = useMutation({
    mutationFn: (order: BlockJobRequest | { retryOf: string }) =>
      startOrJoin(() => ("retryOf" in order ? retryJob(order.retryOf) : startJob(bodyOf(block, order)))),
    onSuccess: ({ jobId, joined }) => {
      setStartedId(jobId);
      if (jobId === polledId) polling.resume();
      void refreshJobs();
      if (joined) {
        notifications.show({
          title: "A job is in progress on this block",
          message: "It was started elsewhere. You can now follow it here too.",
        });
      }
    },
  });

  const endedNow = polling.job && hasEnded(polling.job) ? polling.job : null;
  return {
    ...polling,
    /** The newest job that has ended, also before the page was loaded. */
    ended: newerOf(endedNow, jobs.ended),
    /** The last job that was started here. */
    startedId,
    isPollingStopped: isPollingStopped(polledId, polling),
    start: (request: BlockJobRequest) => starting.mutate(request),
    retry: (jobId: string) => starting.mutate({ retryOf: jobId }),
    isStarting: starting.isPending,
    startError: starting.error,
  };
}

function bodyOf(block: Block, { type, prompt }: BlockJobRequest): NewJob {
  const job: NewJob = { type, documentId: block.documentId, blockId: block.id, applyMode: "auto" };
  return prompt ? { ...job, prompt } : job;
}

/** Job ids sort by creation time. */
function newest(ids: (string | null)[]): string | null {
  return (
    ids
      .filter((id) => id !== null)
      .sort()
      .at(-1) ?? null
  );
}

function newerOf(one: Job | null, other: Job | null): Job | null {
  if (one === null || other === null) return one ?? other;
  return one.jobId >= other.jobId ? one : other;
}
