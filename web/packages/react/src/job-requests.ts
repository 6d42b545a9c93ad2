import { ApiError, unwrap } from "./api-error.js";
import type { JobsClient } from "./client.js";
import { withDeadline } from "./deadline.js";
import type { Reading } from "./poller.js";
import { retryAfterMs } from "./retry-after.js";
import type { Job, JobRetry } from "./types.js";

/** Reads a job, or learns that it is as it was at `etag`. */
export async function readJob(
  client: JobsClient,
  jobId: string,
  etag: string | null,
  signal: AbortSignal,
): Promise<Reading> {
  const { data, error, response } = await client.GET("/api/report-builder/jobs/{jobId}", {
    params: { path: { jobId }, header: etag ? { "If-None-Match": etag } : {} },
    cache: "no-store",
    signal,
  });
  const hints = { etag: response.headers.get("ETag"), retryAfterMs: retryAfterMs(response.headers) };
  if (response.status === 304) return { job: null, ...hints };
  if (data === undefined) throw ApiError.from(response, error);
  return { job: jobIn(data), ...hints };
}

/** Cancels a job; null from older services, which do not answer with it. Rejects with status 409 if it has ended. */
export async function cancelJob(client: JobsClient, jobId: string): Promise<Job | null> {
  const path = "/api/report-builder/jobs/{jobId}";
  const body = await withDeadline((signal) => unwrap(client.DELETE(path, { params: { path: { jobId } }, signal })));
  return isJob(body) ? body : null;
}

/** Does what a failed job was to do, as a new job; rejects with status 409 if it has not failed. */
export async function retryJob(client: JobsClient, jobId: string, { prompt, onConflict }: JobRetry): Promise<Job> {
  const path = "/api/report-builder/jobs/{jobId}/retry";
  const body: JobRetry = { ...(prompt != null && { prompt }), ...(onConflict != null && { onConflict }) };
  return jobIn(
    await withDeadline((signal) => unwrap(client.POST(path, { params: { path: { jobId } }, body, signal }))),
  );
}

/** The newest job under way that writes a block, if there is one; an ANALYZE only reads it. */
export async function findActiveJob(
  client: JobsClient,
  documentId: string,
  blockId: string,
  controller: AbortController,
): Promise<Job | null> {
  const query = {
    documentId,
    blockId,
    type: ["GENERATE" as const, "REFINE" as const],
    status: ["PENDING" as const, "PROCESSING" as const],
    limit: 1,
  };
  const page = await withDeadline(
    (signal) => unwrap(client.GET("/api/report-builder/jobs", { params: { query }, cache: "no-store", signal })),
    controller,
  );
  return page.jobs[0] ?? null;
}

/** The body, unless it is no job at all: a proxy or a sign-in may answer 200 with something else. */
function jobIn(body: unknown): Job {
  if (isJob(body)) return body;
  throw new ApiError({ status: 0, message: "The service's answer cannot be understood." });
}

/** Asks for the one field without which a job cannot be followed; older services leave out many others. */
function isJob(body: unknown): body is Job {
  return typeof body === "object" && body !== null && "status" in body && typeof body.status === "string";
}
