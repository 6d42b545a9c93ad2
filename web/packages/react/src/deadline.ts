import { ApiError } from "./api-error.js";

/** Milliseconds after which a request without an answer is given up. */
export const REQUEST_TIMEOUT_MS = 30_000;

/**
 * What `request` resolves to, unless `controller` aborts it or {@link REQUEST_TIMEOUT_MS} pass first: then it rejects
 * at once, even if the request does not heed its signal (as a sign-in that hangs).
 */
export async function withDeadline<Answer>(
  request: (signal: AbortSignal) => Promise<Answer>,
  controller = new AbortController(),
): Promise<Answer> {
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
