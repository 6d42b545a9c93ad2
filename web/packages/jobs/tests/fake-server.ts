import { createClient, type Job, type Problem } from "../src/index.js";

type Answer = Response | Promise<Response>;

interface Received {
  method: string;
  /** With the query string. */
  path: string;
  headers: Headers;
  body: string;
  /** Arrival time in milliseconds on the test clock. */
  at: number;
  signal: AbortSignal;
}

/** Replaces the service behind `fetch`. Sends the answers of the test, records requests, and honours abort signals. */
export class FakeServer {
  readonly received: Received[] = [];
  /** The largest number of requests in flight at the same time. */
  mostAtOnce = 0;
  /** Delay of each answer in milliseconds. */
  latencyMs = 0;
  /** Returns the answer to a request. A thrown error is a network failure. */
  answer: (received: Received) => Answer = () => jobAnswer();
  #inFlight = 0;

  readonly fetch = async (request: Request): Promise<Response> => {
    request.signal.throwIfAborted();
    const { pathname, search } = new URL(request.url);
    const received: Received = {
      method: request.method,
      path: pathname + search,
      headers: request.headers,
      body: request.body ? await request.text() : "",
      at: performance.now(),
      signal: request.signal,
    };
    this.received.push(received);
    this.#inFlight += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#inFlight);
    try {
      if (this.latencyMs > 0) await this.#delay(request.signal);
      return await this.answer(received);
    } finally {
      this.#inFlight -= 1;
    }
  };

  readonly client = createClient({ baseUrl: "https://reports.example", fetch: this.fetch });

  get count(): number {
    return this.received.length;
  }

  get last(): Received {
    const last = this.received.at(-1);
    if (!last) throw new Error("No request has arrived.");
    return last;
  }

  /** Milliseconds between consecutive requests. */
  get gaps(): number[] {
    return this.received.slice(1).map(({ at }, index) => at - (this.received[index]?.at ?? at));
  }

  /** Sends these answers in order. Repeats the last answer for all later requests. */
  answerInTurn(...answers: (() => Answer)[]): void {
    let turn = 0;
    this.answer = () => {
      const answer = answers[Math.min(turn, answers.length - 1)];
      turn += 1;
      if (!answer) throw new Error("The test has set no answer.");
      return answer();
    };
  }

  #delay(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      setTimeout(resolve, this.latencyMs);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }
}

let jobs = 0;

/** A job id that no other test uses. Notices are shown once per id and page, so tests must not share ids. */
export function newJobId(): string {
  jobs += 1;
  return `01990000-0000-7000-8000-${String(jobs).padStart(12, "0")}`;
}

/** A PROCESSING job with all fields of the service. */
export function aJob(fields: Partial<Job> = {}): Job {
  const id = fields.jobId ?? "01990000-0000-7000-8000-000000000000";
  return {
    id,
    jobId: id,
    type: "GENERATE",
    status: "PROCESSING",
    statusReason: null,
    documentId: "01990000-0000-7000-8000-d00000000000",
    blockId: "01990000-0000-7000-8000-b00000000000",
    prompt: null,
    applyMode: "replace",
    result: null,
    error: null,
    problem: null,
    progress: null,
    attempt: 1,
    nextAttemptAt: null,
    maxAttempts: 3,
    retryOf: null,
    usage: null,
    pollAfterMs: 1000,
    createdAt: "2026-09-01T08:00:00Z",
    startedAt: "2026-09-01T08:00:01Z",
    updatedAt: "2026-09-01T08:00:02Z",
    completedAt: null,
    deadlineAt: "2026-09-01T08:10:00Z",
    ...fields,
  };
}

export function completed(fields: Partial<Job> = {}): Job {
  return aJob({ status: "COMPLETED", pollAfterMs: null, completedAt: "2026-09-01T08:00:09Z", ...fields });
}

export function failed(fields: Partial<Job> = {}): Job {
  return completed({ status: "FAILED", error: "Every attempt failed.", ...fields });
}

export function jobAnswer(fields: Partial<Job> = {}, headers: Record<string, string> = {}, status = 200): Response {
  return jsonAnswer(aJob(fields), headers, status);
}

export function jsonAnswer(body: unknown, headers: Record<string, string> = {}, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}

export function problemAnswer(
  status: number,
  code: string,
  detail: string,
  headers: Record<string, string> = {},
  fields: Partial<Problem> = {},
): Response {
  const body = {
    type: "about:blank",
    title: code,
    status,
    detail,
    instance: "/",
    code,
    error: detail,
    requestId: "request-1",
    retryable: status === 429 || status >= 500,
    errors: [],
    ...fields,
  };
  return jsonAnswer(body, { "Content-Type": "application/problem+json", ...headers }, status);
}

/** Throws the error that `fetch` throws when the network fails. */
export function networkFailure(): never {
  throw new TypeError("Failed to fetch");
}
