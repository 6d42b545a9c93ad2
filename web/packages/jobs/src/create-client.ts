import type { Client } from "openapi-fetch";
import { ApiError } from "./api-error.js";
import { type RequestOptions, requestOf, resultOf } from "./request.js";
import type { paths } from "./schema.js";

/**
 * A client of the service's API. Paths, parameters, bodies and answers have the types of the OpenAPI description. The
 * methods are those of `openapi-fetch`.
 */
export type JobsClient = Pick<Client<paths>, "GET" | "POST" | "PATCH" | "DELETE">;

export interface ClientOptions {
  /**
   * The URL before `/api/…`, such as `https://api.example.com`. Default: empty, the page's own origin. Required on a
   * server, because a server has no origin.
   */
  baseUrl?: string | undefined;
  /** Returns the bearer token, or null for no token. Called before each request. Default: no token. */
  getToken?: (() => string | null | undefined | Promise<string | null | undefined>) | undefined;
  /** Sends the requests. Default: the global `fetch` at the time of the request. */
  fetch?: ((request: Request) => Promise<Response>) | undefined;
}

/**
 * Creates a client that adds `Authorization` to each request and `Idempotency-Key` to each POST. Headers of the caller
 * are not replaced.
 */
export function createClient({
  baseUrl = "",
  getToken,
  fetch = (request) => globalThis.fetch(request),
}: ClientOptions = {}): JobsClient {
  const origin = baseUrl.replace(/\/$/, "");

  async function send(method: string, path: string, options: RequestOptions = {}) {
    const isUsable = origin ? /^(https?:\/)?\//.test(origin) : globalThis.location;
    if (!isUsable) throw new ApiError({ status: 0, message: BAD_BASE_URL });
    const request = requestOf(origin, method, path, options);
    if (!request.headers.has("Authorization")) {
      const token = await getToken?.();
      if (token) request.headers.set("Authorization", `Bearer ${token}`);
    }
    if (method === "POST" && !request.headers.has("Idempotency-Key")) {
      request.headers.set("Idempotency-Key", randomKey());
    }
    const response = await fetch(request).catch((cause: unknown) => {
      // `fetch` rejects with a TypeError if the network fails.
      throw cause instanceof TypeError ? new ApiError({ status: 0, message: UNREACHABLE, cause }) : cause;
    });
    return resultOf(response, options.parseAs);
  }

  const methodOf = (method: string) => (path: string, options?: RequestOptions) => send(method, path, options);
  return {
    GET: methodOf("GET"),
    POST: methodOf("POST"),
    PATCH: methodOf("PATCH"),
    DELETE: methodOf("DELETE"),
  } as unknown as JobsClient;
}

const BAD_BASE_URL = "baseUrl needs http(s)://.";
const UNREACHABLE = "The service cannot be reached.";

/** 128 random bits in hex. `crypto.randomUUID` would not exist on a page without TLS. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
