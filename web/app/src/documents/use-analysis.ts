import { hasEnded, type NewJob, unwrap, useJobPolling } from "@report-builder/jobs";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { client } from "../api/client";
import { jobKeys, startJob, useEndedJob, useRefreshJobs } from "../api/jobs";
import { isLost } from "../jobs/is-lost";

/** The newest analysis of a document or of one of its blocks (`blockId` null: of the document), and a new one. */
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
  const underWay = newest.data?.find((job) => !hasEnded(job));
  const completed = newest.data?.find((job) => job.status === "COMPLETED");

  const followedId = startedId ?? underWay?.jobId;
  const polling = useJobPolling({
    jobId: followedId,
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
      if (jobId === followedId) polling.resume();
    },
  });

  const fresh = polling.job?.status === "COMPLETED" ? polling.job : null;
  return {
    polling,
    isLost: isLost(followedId, polling),
    /** The newest one that is complete. */
    completed: fresh ?? last.data ?? null,
    isLoading: newest.isPending || last.isLoading,
    readError: newest.error ?? last.error,
    start: starting.mutate,
    isStarting: starting.isPending,
    startError: starting.error,
  };
}
