import { ApiError, answerOf, unwrap } from "./api-error.js";
import type { JobsClient } from "./create-client.js";
import { isJob, readJob, unreadableAnswer } from "./job-requests.js";
import { withTimeout } from "./request-timeout.js";
import { retryAfterMs } from "./retry-after.js";
import type { DocumentJobs, Job, NewDocumentJobs } from "./types.js";

/** What a document's jobs are made from. `type` is always GENERATE. */
export type DocumentJobsRequest = Omit<NewDocumentJobs, "type">;

export interface JobList {
  /** Oldest first. */
  jobs: Job[];
  /** Milliseconds from the `Retry-After` header, or null without the header. */
  retryAfterMs: number | null;
}

const PATH = "/api/report-builder/{id}/jobs";
const PAGE_SIZE = 100;

/** The body of the request that creates the jobs. Equal requests have the same JSON. */
export function bodyOf({ blockIds, only, prompt, applyMode, onConflict }: DocumentJobsRequest): NewDocumentJobs {
  return {
    type: "GENERATE",
    ...(blockIds != null && { blockIds }),
    ...(only != null && { only }),
    ...(prompt != null && { prompt }),
    ...(applyMode != null && { applyMode }),
    ...(onConflict != null && { onConflict }),
  };
}

/** Creates jobs for many blocks of a document with one request. The created jobs have no `prompt`. */
export async function startDocumentJobs(
  client: JobsClient,
  documentId: string,
  body: NewDocumentJobs,
  key: string,
): Promise<DocumentJobs> {
  const params = { path: { id: documentId }, header: { "Idempotency-Key": key } };
  const answer = await withTimeout((signal) => unwrap(client.POST(PATH, { params, body, signal })));
  return { jobs: jobsOf(answer), skipped: answer.skipped ?? [] };
}

/** Cancels all jobs of a document that are in flight. Resolves to the cancelled jobs, without `prompt`. */
export async function cancelDocumentJobs(client: JobsClient, documentId: string): Promise<Job[]> {
  const params = { path: { id: documentId } };
  return jobsOf(await withTimeout((signal) => unwrap(client.DELETE(PATH, { params, signal }))));
}

/**
 * Lists the jobs in flight that write blocks of the document, with the texts so far. The service keeps these jobs in an index of their own, so
 * the list costs less the fewer are left. There is a second page only beyond {@link PAGE_SIZE} jobs or if the first one
 * gets too large.
 */
export async function listJobsInFlight(client: JobsClient, documentId: string, signal: AbortSignal): Promise<JobList> {
  let page = await readPage(client, documentId, null, signal);
  const jobs = page.jobs;
  while (page.nextCursor !== null) {
    page = await readPage(client, documentId, page.nextCursor, signal);
    jobs.push(...page.jobs);
  }
  return { jobs: jobs.reverse(), retryAfterMs: page.retryAfterMs };
}

async function readPage(client: JobsClient, documentId: string, cursor: string | null, signal: AbortSignal) {
  const query = {
    documentId,
    type: ["GENERATE" as const, "REFINE" as const],
    status: ["PENDING" as const, "PROCESSING" as const],
    include: ["progress" as const],
    limit: PAGE_SIZE,
    ...(cursor !== null && { cursor }),
  };
  const { data, response } = await answerOf(
    client.GET("/api/report-builder/jobs", { params: { query }, cache: "no-store", signal }),
  );
  return { jobs: jobsOf(data), nextCursor: data.nextCursor ?? null, retryAfterMs: retryAfterMs(response.headers) };
}

/** Fetches a job, or null if it does not exist any more. */
export async function readJobIfExists(client: JobsClient, jobId: string, signal: AbortSignal): Promise<Job | null> {
  try {
    return (await readJob(client, jobId, null, signal)).job;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** Throws if the body has no list of jobs. A proxy or a sign-in page may answer 200 with another body. */
function jobsOf(body: unknown): Job[] {
  const isList = typeof body === "object" && body !== null && "jobs" in body && Array.isArray(body.jobs);
  if (isList && (body.jobs as unknown[]).every(isJob)) return body.jobs as Job[];
  throw unreadableAnswer();
}
