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

/** A failed request. `message` can be shown to a user. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status, or 0 without an answer. */
  readonly status: number;
  /** The problem details of the service. Null if the answer came from elsewhere, such as a gateway. */
  readonly problem: Problem | null;
  /** The code of the problem, such as `BLOCK_BUSY`. Null without `problem`. */
  readonly code: Problem["code"] | null;
  /** The id that the service gave to the request, for questions to its operator. Null if unknown. */
  readonly requestId: string | null;
  /** True if the same request may succeed later. */
  readonly retryable: boolean;
  /** Milliseconds from the `Retry-After` header. Null without the header. */
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

  /** Wraps what a request has thrown. */
  static of(cause: unknown): ApiError {
    if (cause instanceof ApiError) return cause;
    // Such as an error of `getToken`, of a body that is not JSON, or of a header that is not valid.
    return new ApiError({ status: 0, message: "The request failed.", cause });
  }

  /** The error for an answer that is not a success. `body` is the parsed body. */
  static from(response: Response, body: unknown): ApiError {
    const problem = isProblem(body) ? body : null;
    return new ApiError({
      status: response.status,
      message:
        response.status === 401
          ? SIGN_IN
          : (problem?.detail ?? messageIn(body) ?? `The service answered with status ${response.status}.`),
      problem,
      requestId: response.headers.get("X-Request-Id"),
      retryAfterMs: retryAfterMs(response.headers),
    });
  }
}

/** For people. The detail of the problem tells a program which header is missing. */
const SIGN_IN = "Sign in again.";

/** True if a request with this status may succeed when it is sent again. Status 0 means no answer. */
export function isTransient(status: number): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

/** True if the service may have done what the failed request asks for. Its answer was lost, or it failed halfway. */
export function isOutcomeUnknown(error: unknown): boolean {
  const { status } = ApiError.of(error);
  return status === 0 || status >= 500;
}

/**
 * Resolves to the data of a client call, as in `await unwrap(client.GET("/api/report-builder"))`.
 *
 * @throws {ApiError} if the service answers with a problem or does not answer.
 * @throws an `AbortError` if the caller aborts the request.
 */
export async function unwrap<Data>(call: Promise<CallResult<Data>>): Promise<Data> {
  return (await answerOf(call)).data;
}

/** The same as {@link unwrap}, with the response. */
export async function answerOf<Data>(call: Promise<CallResult<Data>>): Promise<{ data: Data; response: Response }> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw isAbort(cause) ? cause : ApiError.of(cause);
  });
  if (data === undefined) throw ApiError.from(response, error);
  return { data, response };
}

interface CallResult<Data> {
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

/** The message of a body that is not a problem. Gateways send `{message}`, older services `{error}`. */
function messageIn(body: unknown): string | null {
  if (!isObject(body)) return null;
  const text = body.error ?? body.message;
  return typeof text === "string" && text !== "" ? text : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
