import { notifications } from "@mantine/notifications";
import { type Block, type NewJob, useActiveJob, useJobPolling } from "@report-builder/jobs";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useRefreshDocument } from "../api/documents";
import { useRefreshJobs } from "../api/jobs";
import { isLost } from "../jobs/is-lost";
import { startOrJoin } from "./start-or-join";

/** What a block asks of the job that writes it. */
export interface JobOrder {
  type: "GENERATE" | "REFINE";
  /** The instruction of a REFINE. */
  prompt?: string;
}

/**
 * The job that writes a block: starts one, finds one that is under way, and follows it.
 *
 * @param isSeen whether to look for one; not yet for a block that nobody looks at.
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

  // The newest one, wherever it was started: ids are in the order of creation.
  const followedId =
    [startedId, active.jobId]
      .filter((id) => id !== null)
      .sort()
      .at(-1) ?? null;
  const polling = useJobPolling({ jobId: followedId, onComplete: refresh, onError: refresh });
  const starting = useMutation({
    mutationFn: ({ type, prompt }: JobOrder) => {
      const job: NewJob = { type, documentId: block.documentId, blockId: block.id };
      return startOrJoin(prompt ? { ...job, prompt } : job);
    },
    onSuccess: ({ jobId, joined }) => {
      setStartedId(jobId);
      if (jobId === followedId) polling.resume();
      void refreshJobs();
      if (joined) {
        notifications.show({
          title: "A job is under way on this block",
          message: "It was started elsewhere; you now see it here, too.",
        });
      }
    },
  });

  const job = polling.job?.jobId === dismissedId ? null : polling.job;
  return {
    ...polling,
    job,
    isLost: isLost(followedId, polling),
    start: starting.mutate,
    isStarting: starting.isPending,
    startError: starting.error,
    findError: active.error,
    dismiss: () => setDismissedId(polling.job?.jobId ?? null),
  };
}

export type BlockJob = ReturnType<typeof useBlockJob>;
