import type { JobStatus, JobType, NewJob } from "@report-builder/jobs";
import { hasEnded, unwrap } from "@report-builder/jobs";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { client } from "./client";
import { usePagedList } from "./use-paged-list";

const JOBS = "/api/report-builder/jobs";
const JOB = "/api/report-builder/jobs/{jobId}";

export interface JobFilters {
  documentId?: string;
  blockId?: string;
  status?: JobStatus[];
  type?: JobType[];
  limit?: number;
}

export const jobKeys = {
  all: ["jobs"],
  usage: ["jobs", "usage"],
  list: (filters: JobFilters) => ["jobs", filters],
  one: (id: string) => ["job", id],
  followed: (id: string) => ["jobs", "followed", id],
} as const;

const REFRESH_MS = 2_000;

/** Jobs, newest first. Refetched while one of them is active. */
export function useJobs(filters: JobFilters) {
  return usePagedList({
    queryKey: jobKeys.list(filters),
    readPage: async (cursor, signal) => {
      const query = cursor === undefined ? filters : { ...filters, cursor };
      const { jobs, nextCursor } = await unwrap(client.GET(JOBS, { params: { query }, signal }));
      return { items: jobs, nextCursor };
    },
    refetchInterval: (jobs) => (jobs.every(hasEnded) ? false : REFRESH_MS),
  });
}

/** A job with its texts and its timeline. Read again at the pace of the service until it ends. */
export function useJob(id: string) {
  return useQuery({
    queryKey: jobKeys.followed(id),
    queryFn: ({ signal }) => unwrap(client.GET(JOB, { params: { path: { jobId: id } }, signal })),
    refetchInterval: ({ state: { data } }) => (data && !hasEnded(data) ? (data.pollAfterMs ?? REFRESH_MS) : false),
  });
}

/** An ended job with its texts, which lists omit. It never changes, so it is fetched once. */
export function useEndedJob(id: string | undefined) {
  return useQuery({
    queryKey: jobKeys.one(id ?? ""),
    queryFn: ({ signal }) => unwrap(client.GET(JOB, { params: { path: { jobId: id ?? "" } }, signal })),
    enabled: id !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What was spent today, and what is left. A day of the budget is a day in UTC. */
export function useUsageToday() {
  return useQuery({
    queryKey: jobKeys.usage,
    queryFn: ({ signal }) => {
      const today = new Date().toISOString().slice(0, "2026-03-31".length);
      return unwrap(client.GET("/api/report-builder/usage", { params: { query: { from: today } }, signal }));
    },
  });
}

export function startJob(body: NewJob) {
  return unwrap(client.POST(JOBS, { body }));
}

/** Repeats a failed job. The words of a person stay, and the text is proposed beside them. */
export function retryJob(jobId: string) {
  const body = { applyMode: "auto" as const };
  return unwrap(client.POST("/api/report-builder/jobs/{jobId}/retry", { params: { path: { jobId } }, body }));
}

export function useRefreshJobs(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries({ queryKey: jobKeys.all });
}

export function useCancelJob() {
  const refresh = useRefreshJobs();
  return useMutation({
    mutationFn: (jobId: string) => unwrap(client.DELETE(JOB, { params: { path: { jobId } } })),
    onSettled: refresh,
  });
}

export function useRetryJob() {
  const refresh = useRefreshJobs();
  return useMutation({ mutationFn: retryJob, onSettled: refresh });
}
