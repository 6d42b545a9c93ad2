// @vitest-environment node
import { readFileSync } from "node:fs";
import { expect, expectTypeOf, test, vi } from "vitest";
import {
  ApiError,
  applyJob,
  createClient,
  type Job,
  type JobsClient,
  type NewJob,
  unappliedTextOf,
  unwrap,
} from "../src/client.js";
import { aJob, FakeServer, jsonAnswer, networkFailure, problemAnswer } from "./fake-server.js";

const baseUrl = "https://reports.example";
const newJob = { type: "ANALYZE" as const, documentId: "01990000-0000-7000-8000-d00000000000" };

function clientOf(server: FakeServer, getToken?: () => string | null | Promise<string | null>): JobsClient {
  return createClient({ baseUrl, getToken, fetch: server.fetch });
}

const keyOf = (server: FakeServer) => server.last.headers.get("Idempotency-Key");

test("each POST has its own Idempotency-Key", async () => {
  const server = new FakeServer();
  const client = clientOf(server);
  await client.POST("/api/report-builder/jobs", { body: newJob });
  const first = keyOf(server);
  await client.POST("/api/report-builder/jobs", { body: newJob });
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(keyOf(server)).toMatch(/^[0-9a-f]{32}$/);
  expect(keyOf(server)).not.toBe(first);
});

test("an Idempotency-Key of the caller is not replaced", async () => {
  const server = new FakeServer();
  const params = { header: { "Idempotency-Key": "mine" } };
  await clientOf(server).POST("/api/report-builder/jobs", { body: newJob, params });
  expect(keyOf(server)).toBe("mine");
});

test("requests other than POST have no Idempotency-Key", async () => {
  const server = new FakeServer();
  const client = clientOf(server);
  const params = { path: { id: "d1" } };
  await client.GET("/api/report-builder/{id}", { params });
  await client.PATCH("/api/report-builder/{id}", { params, body: { name: "Spring" } });
  await client.DELETE("/api/report-builder/{id}", { params });
  expect(server.received.map(({ headers }) => headers.has("Idempotency-Key"))).toEqual([false, false, false]);
});

test("every POST in openapi.json accepts an Idempotency-Key, or is safe to repeat, as the client assumes", () => {
  const description: { paths: Record<string, { post?: { parameters?: { $ref?: string }[] } }> } = JSON.parse(
    readFileSync(new URL("../../../../openapi.json", import.meta.url), "utf8"),
  );
  const posts = Object.entries(description.paths).flatMap(([path, { post }]) => (post ? [{ path, post }] : []));
  expect(posts.length).toBeGreaterThan(0);
  // An import of the same file changes nothing and a dry run creates nothing, so they ignore the key.
  for (const { path, post } of posts.filter(({ path }) => !/\/(import|dry-run)$/.test(path))) {
    expect(post.parameters, path).toContainEqual({ $ref: "#/components/parameters/idempotencyKey" });
  }
});

test.each([
  ["returns", () => "ada"],
  ["resolves to", async () => "ada"],
])("sends the token that getToken %s", async (_, getToken) => {
  const server = new FakeServer();
  await clientOf(server, getToken).GET("/api/report-builder");
  expect(server.last.headers.get("Authorization")).toBe("Bearer ada");
});

test.each([undefined, () => null, async () => null])("sends no header without a token", async (getToken) => {
  const server = new FakeServer();
  await clientOf(server, getToken).GET("/api/report-builder");
  expect(server.last.headers.has("Authorization")).toBe(false);
});

test("an Authorization header of the caller is not replaced", async () => {
  const server = new FakeServer();
  await clientOf(server, () => "ada").GET("/api/report-builder", { headers: { Authorization: "Bearer bob" } });
  expect(server.last.headers.get("Authorization")).toBe("Bearer bob");
});

test("lists in a query are separated by commas, as the service expects", async () => {
  const server = new FakeServer();
  const query = { status: ["COMPLETED" as const, "FAILED" as const], limit: 5 };
  await clientOf(server).GET("/api/report-builder/jobs", { params: { query } });
  expect(server.last.path).toBe("/api/report-builder/jobs?status=COMPLETED,FAILED&limit=5");
});

test("the global fetch is looked up at the time of the request", async () => {
  const server = new FakeServer();
  const client = createClient({ baseUrl });
  vi.stubGlobal("fetch", server.fetch);
  await client.GET("/api/report-builder");
  expect(server.count).toBe(1);
});

test("unwrap resolves to the typed data", async () => {
  const server = new FakeServer();
  const job = aJob();
  server.answer = () => jsonAnswer(job);
  const data = await unwrap(
    clientOf(server).GET("/api/report-builder/jobs/{jobId}", { params: { path: { jobId: job.jobId } } }),
  );
  expectTypeOf(data).toExtend<Job>();
  expect(data).toEqual(job);
});

async function errorOf(answer: FakeServer["answer"]): Promise<unknown> {
  const server = new FakeServer();
  server.answer = answer;
  return unwrap(clientOf(server).GET("/api/report-builder")).catch((error: unknown) => error);
}

test("unwrap throws an ApiError with the problem of the service", async () => {
  const error = await errorOf(() => problemAnswer(429, "TOO_MANY_REQUESTS", "Slow down.", { "Retry-After": "7" }));
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({
    name: "ApiError",
    message: "Slow down.",
    status: 429,
    code: "TOO_MANY_REQUESTS",
    requestId: "request-1",
    retryable: true,
    retryAfterMs: 7000,
    problem: { title: "TOO_MANY_REQUESTS", errors: [] },
  });
});

test.each([
  ["the error of a gateway", () => jsonAnswer({ message: "Unauthorized" }, {}, 401), 401, "Sign in again.", false],
  ["the error of an older service", () => jsonAnswer({ error: "Job not found" }, {}, 404), 404, "Job not found", false],
  [
    "the error page of a proxy",
    () => new Response("<html>", { status: 502 }),
    502,
    "The service answered with status 502.",
    true,
  ],
  ["an empty answer", () => new Response(null, { status: 204 }), 204, "The service answered with status 204.", false],
  ["a network failure", networkFailure, 0, "The service cannot be reached.", true],
  ["an incomplete body", () => new Response("{"), 0, "The request failed.", true],
])("unwrap throws an ApiError without a problem for %s", async (_, answer, status, message, retryable) => {
  const error = await errorOf(answer);
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status, message, retryable, problem: null, code: null, retryAfterMs: null });
});

test("unwrap takes the request id from the header if the body has none", async () => {
  const error = await errorOf(() => jsonAnswer({}, { "X-Request-Id": "request-2" }, 500));
  expect(error).toMatchObject({ requestId: "request-2" });
});

test("unwrap does not wrap the AbortError of the caller", async () => {
  const server = new FakeServer();
  server.answer = () => new Promise(() => {});
  server.latencyMs = 10;
  const controller = new AbortController();
  const answer = unwrap(clientOf(server).GET("/api/report-builder", { signal: controller.signal }));
  controller.abort();
  await expect(answer).rejects.toMatchObject({ name: "AbortError" });
});

test.each([undefined, "reports.example", "localhost:3000"])(
  "the baseUrl %j on a server is refused",
  async (baseUrl) => {
    const server = new FakeServer();
    const client = createClient({ baseUrl, fetch: server.fetch });
    await expect(unwrap(client.GET("/api/report-builder"))).rejects.toThrow("baseUrl needs http(s)://.");
    expect(server.count).toBe(0);
  },
);

test("only a network failure says that the service cannot be reached", async () => {
  const server = new FakeServer();
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const badToken = createClient({ baseUrl: "https://reports.example", fetch: server.fetch, getToken: () => "a\nb" });
  const bodies = unwrap(clientOf(server).POST("/api/report-builder", { body: circular as never }));
  for (const call of [bodies, unwrap(badToken.GET("/api/report-builder"))]) {
    await expect(call).rejects.toMatchObject({ status: 0, message: "The request failed." });
  }
  expect(server.count).toBe(0);
});

test("a baseUrl may end in a slash and may have a path", async () => {
  const server = new FakeServer();
  const client = createClient({ baseUrl: "https://reports.example/v1/", fetch: server.fetch });
  await client.GET("/api/report-builder");
  expect(server.last.path).toBe("/v1/api/report-builder");
});

test("values of a query are escaped, and missing values and empty lists are left out", async () => {
  const server = new FakeServer();
  const query = { documentId: "a&b", status: [], type: ["REFINE" as const], cursor: undefined as never };
  await clientOf(server).GET("/api/report-builder/jobs", { params: { query } });
  expect(server.last.path).toBe("/api/report-builder/jobs?documentId=a%26b&type=REFINE");
});

test("a body is sent as JSON, unless the caller sets another type and serializer", async () => {
  const server = new FakeServer();
  const client = clientOf(server);
  await client.POST("/api/report-builder", { body: { name: "Spring" } });
  expect(server.last.headers.get("Content-Type")).toBe("application/json");
  expect(server.last.body).toBe('{"name":"Spring"}');
  await client.POST("/api/evidence/import", {
    params: {},
    body: "title\nRetries" as never,
    headers: { "Content-Type": "text/csv" },
    bodySerializer: (text: unknown) => String(text),
  });
  expect(server.last.headers.get("Content-Type")).toBe("text/csv");
  expect(server.last.body).toBe("title\nRetries");
});

test("a request without a body has no content type", async () => {
  const server = new FakeServer();
  await clientOf(server).GET("/api/report-builder");
  expect(server.last.headers.has("Content-Type")).toBe(false);
});

test("an answer is parsed as text if the caller asks for it", async () => {
  const server = new FakeServer();
  server.answer = () => new Response("# Review");
  const params = { path: { id: "d1" } };
  const text = await unwrap(clientOf(server).GET("/api/report-builder/{id}/export", { params, parseAs: "text" }));
  expect(text).toBe("# Review");
});

test("applyJob writes the text of a job to its block", async () => {
  const server = new FakeServer();
  await applyJob(clientOf(server), aJob({ jobId: "j1", documentId: "d1", blockId: "b1" }));
  expect(server.last).toMatchObject({
    method: "PATCH",
    path: "/api/report-builder/d1/blocks/b1",
    body: '{"fromJob":"j1"}',
  });
});

test.each<[Partial<Job>, string | null]>([
  [{ statusReason: "PROPOSED" }, "New text."],
  [{ statusReason: "NOT_APPLIED" }, "New text."],
  [{ statusReason: "TRUNCATED" }, null],
  [{ statusReason: null }, null],
  [{ statusReason: "PROPOSED", result: null }, null],
])("unappliedTextOf says which text the block does not have: %j", (fields, text) => {
  const result = { content: "New text." } as Job["result"];
  expect(unappliedTextOf(aJob({ status: "COMPLETED", result, ...fields }))).toBe(text);
});

test("the type of a new job takes ids or inline input", () => {
  expectTypeOf({ type: "ANALYZE" as const, input: { document: { name: "Review" }, evidence: [] } }).toExtend<NewJob>();
  expectTypeOf({ type: "ANALYZE" as const }).not.toExtend<NewJob>();
});
