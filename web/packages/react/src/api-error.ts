import { retryAfterMs } from "./retry-after.js";
import type { Problem } from "./types.js";

interface ApiErrorDetails {
  status: number;
  message: string;
  problem?: Problem | null;
  requestId?: string | null;
  retryAfterMs?: number | null;
  cause?: unknown;
}

/** A request that failed. `message` is fit to show to a user. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status; 0 if no answer came. */
  readonly status: number;
  /** The problem as the service describes it; null if the answer came from elsewhere, such as a gateway. */
  readonly problem: Problem | null;
  /** Kind of problem, such as `BLOCK_BUSY`; null without `problem`. */
  readonly code: Problem["code"] | null;
  /** Names the request, for questions about it; null if unknown. */
  readonly requestId: string | null;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** Milliseconds that the service asks to wait before the next request; null if it does not say. */
  readonly retryAfterMs: number | null;

  constructor({ status, message, problem = null, requestId = null, retryAfterMs = null, cause }: ApiErrorDetails) {
    super(message, { cause });
    this.status = status;
    this.problem = problem;
    this.code = problem?.code ?? null;
    this.requestId = problem?.requestId ?? requestId;
    this.retryable = problem?.retryable ?? isTransient(status);
    this.retryAfterMs = retryAfterMs;
  }

  /** The error behind a request that has thrown. */
  static of(cause: unknown): ApiError {
    if (cause instanceof ApiError) return cause;
    // `fetch` throws a TypeError where the network fails; other errors come from reading the answer or the token.
    const message = cause instanceof TypeError ? "The service cannot be reached." : "The request failed.";
    return new ApiError({ status: 0, message, cause });
  }

  /** The error that an answer with this body is. */
  static from(response: Response, body: unknown): ApiError {
    const problem = isProblem(body) ? body : null;
    return new ApiError({
      status: response.status,
      message: problem?.detail ?? textOf(body) ?? `The service answered with status ${response.status}.`,
      problem,
      requestId: response.headers.get("X-Request-Id"),
      retryAfterMs: retryAfterMs(response.headers),
    });
  }
}

/** Whether a request that got this status (0: no answer) may succeed when it is simply sent again. */
export function isTransient(status: number): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

/**
 * The data of an answer of the client, as in `await unwrap(client.GET("/api/report-builder"))`.
 *
 * @throws {ApiError} if the answer is a problem or none came; an `AbortError` if the caller has aborted the request.
 */
export async function unwrap<Data>(answer: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await answer.catch((cause: unknown) => {
    throw isAbort(cause) ? cause : ApiError.of(cause);
  });
  if (data === undefined) throw ApiError.from(response, error);
  return data;
}

interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function isProblem(body: unknown): body is Problem {
  return (
    isObject(body) &&
    typeof body.detail === "string" &&
    typeof body.code === "string" &&
    typeof body.retryable === "boolean" &&
    Array.isArray(body.errors)
  );
}

/** What a body that is no problem says: gateways answer `{message}`, older services `{error}`. */
function textOf(body: unknown): string | null {
  if (!isObject(body)) return null;
  const text = body.error ?? body.message;
  return typeof text === "string" && text !== "" ? text : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
