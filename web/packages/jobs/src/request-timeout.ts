import { ApiError } from "./api-error.js";

/** A request without an answer is aborted after this time, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 30_000;

/**
 * Resolves to the result of `request`. Rejects when `controller` aborts or {@link REQUEST_TIMEOUT_MS} pass, even if
 * `request` ignores its signal, as a `getToken` that never resolves does.
 */
export async function withTimeout<Result>(
  request: (signal: AbortSignal) => Promise<Result>,
  controller = new AbortController(),
): Promise<Result> {
  const { signal } = controller;
  const timeout = setTimeout(() => {
    controller.abort(new ApiError({ status: 0, message: "The service does not answer." }));
  }, REQUEST_TIMEOUT_MS);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([request(signal), aborted]);
  } finally {
    clearTimeout(timeout);
  }
}
