import { hasEnded, type NewJob, unwrap, useJobPolling } from "@report-builder/jobs";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../api/client";
import { jobKeys, startJob, useEndedJob, useRefreshJobs } from "../api/jobs";
import { isPollingStopped } from "../jobs/polling-stopped";

/**
 * Loads the newest analysis and starts a new one.
 *
 * @param blockId null for an analysis of the whole document.
 */
export function useAnalysis(documentId: string, blockId: string | null) {
  const refreshJobs = useRefreshJobs();
  const newest = useQuery({
    queryKey: [...jobKeys.all, "analysis", documentId, blockId],
    queryFn: async ({ signal }) => {
      const query = { documentId, type: ["ANALYZE" as const], ...(blockId !== null && { blockId }) };
      const { jobs } = await unwrap(client.GET("/api/report-builder/jobs", { params: { query }, signal }));
      return jobs.filter((job) => job.blockId === blockId);
    },
  });
  const [startedId, setStartedId] = useState<string | null>(null);
  const activeJob = newest.data?.find((job) => !hasEnded(job));
  const completed = newest.data?.find((job) => job.status === "COMPLETED");

  const polledId = startedId ?? activeJob?.jobId;
  const polling = useJobPolling({
    jobId: polledId,
    onComplete: () => void refreshJobs(),
    onError: () => void refreshJobs(),
  });
  const last = useEndedJob(completed?.jobId);
  const starting = useMutation({
    mutationFn: (prompt: string) => {
      const job: NewJob = { type: "ANALYZE", documentId, ...(blockId !== null && { blockId }) };
      return startJob(prompt === "" ? job : { ...job, prompt });
    },
    onSuccess: ({ jobId }) => {
      setStartedId(jobId);
      if (jobId === polledId) polling.resume();
    },
  });

  const fresh = polling.job?.status === "COMPLETED" ? polling.job : null;
  return {
    polling,
    isPollingStopped: isPollingStopped(polledId, polling),
    /** The newest completed analysis. */
    completed: fresh ?? last.data ?? null,
    isLoading: newest.isPending || last.isLoading,
    readError: newest.error ?? last.error,
    start: starting.mutate,
    isStarting: starting.isPending,
    startError: starting.error,
  };
}
