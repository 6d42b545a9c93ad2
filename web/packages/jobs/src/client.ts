import createOpenapiClient, { type Client } from "openapi-fetch";
import type { paths } from "./schema.js";

/** A client of the service's API, typed from its OpenAPI description. */
export type JobsClient = Client<paths>;

export interface ClientOptions {
  /** The URL before `/api/…`, such as `https://api.example.com`. Default: empty, the page's own origin. */
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
  const client = createOpenapiClient<paths>({
    baseUrl,
    fetch,
    querySerializer: { array: { style: "form", explode: false } },
  });
  client.use({
    async onRequest({ request }) {
      if (!request.headers.has("Authorization")) {
        const token = await getToken?.();
        if (token) request.headers.set("Authorization", `Bearer ${token}`);
      }
      if (request.method === "POST" && !request.headers.has("Idempotency-Key")) {
        request.headers.set("Idempotency-Key", randomKey());
      }
    },
  });
  return client;
}

/** 128 random bits in hex. `crypto.randomUUID` would not exist on a page without TLS. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
