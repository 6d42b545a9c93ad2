import { ApiError, unwrap } from "./api-error.js";
import { type JobsClient, randomKey } from "./create-client.js";
import type { NewJob } from "./inline-input.js";
import type { PollResult } from "./job-poller.js";
import { withTimeout } from "./request-timeout.js";
import { retryAfterMs } from "./retry-after.js";
import type { Block, Job, JobRetry } from "./types.js";

/** Fetches a job. With `etag`, the result has no job if the job has not changed (status 304). */
export async function readJob(
  client: JobsClient,
  jobId: string,
  etag: string | null,
  signal: AbortSignal,
): Promise<PollResult> {
  const { data, error, response } = await client.GET("/api/report-builder/jobs/{jobId}", {
    params: { path: { jobId }, header: etag ? { "If-None-Match": etag } : {} },
    cache: "no-store",
    signal,
  });
  const hints = { etag: response.headers.get("ETag"), retryAfterMs: retryAfterMs(response.headers) };
  if (response.status === 304) return { job: null, ...hints };
  if (data === undefined) throw ApiError.from(response, error);
  return { job: parseJob(data), ...hints };
}

/** Creates a job, or the retry of a job. The service refuses a retry with status 409 if `retryOf` has not failed. */
export async function createJob(
  client: JobsClient,
  body: NewJob | JobRetry,
  retryOf: string | null,
  key = randomKey(),
): Promise<Job> {
  const path = `/api/report-builder/jobs${retryOf ? "/{jobId}/retry" : ""}` as "/api/report-builder/jobs/{jobId}/retry";
  const params = { path: { jobId: retryOf ?? "" }, header: { "Idempotency-Key": key } };
  return parseJob(await withTimeout((signal) => unwrap(client.POST(path, { params, body: body as JobRetry, signal }))));
}

/** A fresh object, because `retry` may be an event handler that gets the event. JSON leaves out what is undefined. */
export function changesOf({ prompt, applyMode, onConflict }: JobRetry): JobRetry {
  return { prompt, applyMode, onConflict } as JobRetry;
}

/**
 * Writes the text of an ended job to its block, with its citations. For a job that is PROPOSED or NOT_APPLIED.
 *
 * @throws {ApiError} if the service refuses or does not answer.
 */
export async function applyJob(
  client: JobsClient,
  { documentId, blockId, jobId }: Pick<Job, "documentId" | "blockId" | "jobId">,
): Promise<Block> {
  if (documentId === null || blockId === null)
    throw new Error("The job writes no block, so there is none to write to.");
  const params = { path: { id: documentId, blockId } };
  const path = "/api/report-builder/{id}/blocks/{blockId}";
  return withTimeout((signal) => unwrap(client.PATCH(path, { params, body: { fromJob: jobId }, signal })));
}

/**
 * Cancels a job. Resolves to null if the service is older and does not return the job. Rejects with status 409 if the
 * job has ended.
 */
export async function cancelJob(client: JobsClient, jobId: string): Promise<Job | null> {
  const path = "/api/report-builder/jobs/{jobId}";
  const body = await withTimeout((signal) => unwrap(client.DELETE(path, { params: { path: { jobId } }, signal })));
  return isJob(body) ? body : null;
}

/** Throws if the body is not a job. A proxy or a sign-in page may answer 200 with another body. */
function parseJob(body: unknown): Job {
  if (isJob(body)) return body;
  throw unreadableAnswer();
}

/** The error for an answer with status 200 that has another body. */
export function unreadableAnswer(): ApiError {
  return new ApiError({ status: 0, message: "The service's answer cannot be understood." });
}

/** Checks only `status`, which polling needs. Older services omit many other fields. */
export function isJob(body: unknown): body is Job {
  return typeof body === "object" && body !== null && "status" in body && typeof body.status === "string";
}
