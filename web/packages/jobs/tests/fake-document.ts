import { renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { type DocumentJobsOptions, hasEnded, type Job, type SkippedBlock, useDocumentJobs } from "../src/index.js";
import { aJob, completed, FakeServer, failed, jsonAnswer, newJobId, problemAnswer } from "./fake-server.js";

/** A service with one document. It creates, lists, returns and cancels the jobs of the document. */
export class FakeDocument {
  readonly id = newJobId();
  readonly server = new FakeServer();
  /** Oldest first. */
  readonly jobs: Job[] = [];
  /** What the next start answers about blocks without a job. */
  skipped: SkippedBlock[] = [];
  /** Fields of the jobs that the next start creates. */
  fields: Partial<Job> = {};
  /** The answers to starts, by idempotency key. */
  readonly #started = new Map<string, { jobs: Job[]; skipped: SkippedBlock[] }>();

  constructor() {
    this.server.answer = ({ method, path, headers, body }) => {
      if (method === "POST") {
        const key = headers.get("Idempotency-Key") ?? "";
        const answer = this.#started.get(key) ?? this.#start(JSON.parse(body));
        this.#started.set(key, answer);
        return jsonAnswer(answer, {}, 202);
      }
      if (method === "DELETE") return jsonAnswer({ jobs: this.cancel().map(withoutPrompt) });
      if (path.includes("?")) return jsonAnswer({ jobs: this.inFlight.reverse(), nextCursor: null });
      const job = this.jobs.find(({ jobId }) => path.endsWith(jobId));
      return job ? jsonAnswer(job) : problemAnswer(404, "NOT_FOUND", "No such job.");
    };
  }

  get inFlight(): Job[] {
    return this.jobs.filter((job) => !hasEnded(job));
  }

  /** What the service received, without the query and the prefix that all paths have. */
  get requests(): string[] {
    return this.server.received.map(({ method, path }) => {
      const short = path.replace("/api/report-builder/", "").replace(this.id, "d").replace(/\?.*/, "?");
      return `${method} ${short}`;
    });
  }

  add(blockId: string, fields: Partial<Job> = {}): Job {
    const job = aJob({ jobId: newJobId(), documentId: this.id, blockId, ...fields });
    this.jobs.push(job);
    return job;
  }

  complete(job: Job, fields: Partial<Job> = {}): Job {
    return this.#replace(job, completed({ ...fieldsOf(job), ...fields }));
  }

  fail(job: Job, fields: Partial<Job> = {}): Job {
    return this.#replace(job, failed({ ...fieldsOf(job), ...fields }));
  }

  cancel(): Job[] {
    return this.inFlight.map((job) => this.fail(job, { statusReason: "CANCELLED", error: "Job cancelled by user" }));
  }

  #start({ blockIds = [] }: { blockIds?: string[] }) {
    const jobs = blockIds.map((blockId) => this.add(blockId, { status: "PENDING", ...this.fields }));
    return { jobs: jobs.map(withoutPrompt), skipped: this.skipped };
  }

  #replace(job: Job, ended: Job): Job {
    this.jobs[this.jobs.findIndex(({ jobId }) => jobId === job.jobId)] = ended;
    return ended;
  }
}

const fieldsOf = ({ jobId, documentId, blockId, type, prompt }: Job) => ({ jobId, documentId, blockId, type, prompt });
const withoutPrompt = (job: Job): Job => ({ ...job, prompt: null });

/** Renders `useDocumentJobs`. `rerender` changes the options. */
export function follow(
  document: FakeDocument,
  options: Partial<DocumentJobsOptions> = {},
  wrapper?: (props: { children: ReactNode }) => ReactNode,
) {
  const all: DocumentJobsOptions = { documentId: document.id, client: document.server.client, ...options };
  return renderHook((changes: Partial<DocumentJobsOptions>) => useDocumentJobs({ ...all, ...changes }), {
    initialProps: {},
    ...(wrapper && { wrapper }),
  });
}

type View = ReturnType<typeof follow>;

export const blocksOf = ({ result }: View) => result.current.jobs.map(({ blockId, status }) => `${blockId} ${status}`);
