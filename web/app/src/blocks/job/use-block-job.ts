import { notifications } from "@mantine/notifications";
import { type Block, type NewJob, useActiveJob, useJobPolling } from "@report-builder/jobs";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useRefreshDocument } from "../../api/documents";
import { useRefreshJobs } from "../../api/jobs";
import { isPollingStopped } from "../../jobs/polling-stopped";
import { startOrJoin } from "./start-or-join";

export interface BlockJobRequest {
  type: "GENERATE" | "REFINE";
  /** The instruction of a REFINE. */
  prompt?: string;
}

/**
 * Starts, finds and polls the job that writes a block.
 *
 * @param isSeen false disables the search for an active job, as long as the block has not been near the viewport.
 */
export function useBlockJob(block: Block, isSeen: boolean) {
  const refreshDocument = useRefreshDocument(block.documentId);
  const refreshJobs = useRefreshJobs();
  const active = useActiveJob({ documentId: isSeen ? block.documentId : null, blockId: block.id });
  const [startedId, setStartedId] = useState<string | null>(null);
  const [dismissedId, setDismissedId] = useState<string | null>(null);

  function refresh() {
    void refreshDocument();
    void refreshJobs();
  }

  // The newest job, started here or elsewhere. Job ids sort by creation time.
  const polledId =
    [startedId, active.jobId]
      .filter((id) => id !== null)
      .sort()
      .at(-1) ?? null;
  const polling = useJobPolling({ jobId: polledId, onComplete: refresh, onError: refresh });
  const starting = useMutation({
    mutationFn: ({ type, prompt }: BlockJobRequest) => {
      const job: NewJob = { type, documentId: block.documentId, blockId: block.id };
      return startOrJoin(prompt ? { ...job, prompt } : job);
    },
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

  const job = polling.job?.jobId === dismissedId ? null : polling.job;
  return {
    ...polling,
    job,
    isPollingStopped: isPollingStopped(polledId, polling),
    start: starting.mutate,
    isStarting: starting.isPending,
    startError: starting.error,
    findError: active.error,
    dismiss: () => setDismissedId(polling.job?.jobId ?? null),
  };
}

export type BlockJob = ReturnType<typeof useBlockJob>;
