/**
 * Remembers in `sessionStorage` which jobs this tab follows, until their end has been told. A job may end while the page
 * reloads. It is then in no list of the jobs in flight, and without this memory nobody would be told.
 */

import type { Job } from "./types.js";

interface RememberedJob {
  jobId: string;
  /** The document, if the job writes one of its blocks. */
  documentId: string | null;
}

/** By the block that the job writes, or by the name that the caller has given. */
type RememberedJobs = Record<string, RememberedJob>;

const KEY = "@report-builder/jobs";

/** Remembers a job in place of an older one under the same name. */
export function rememberJob(name: string, job: Job): void {
  const documentId = nameOfWrite(job) === name ? job.documentId : null;
  save({ ...load(), [name]: { jobId: job.jobId, documentId } });
}

export function forgetJob(jobId: string): void {
  save(Object.fromEntries(Object.entries(load()).filter(([, job]) => job.jobId !== jobId)));
}

export function rememberedJobId(name: string): string | null {
  return load()[name]?.jobId ?? null;
}

/** The jobs that write blocks of this document. */
export function rememberedJobIdsOf(documentId: string): string[] {
  return Object.values(load()).flatMap((job) => (job.documentId === documentId ? [job.jobId] : []));
}

/** The name of a job that writes a block. Null for other jobs, which only their caller can name. */
export function nameOfWrite({ type, blockId }: Pick<Job, "type" | "blockId">): string | null {
  return type === "ANALYZE" ? null : blockId;
}

// A browser may forbid the storage, and a server has none.

function load(): RememberedJobs {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  } catch {
    return {};
  }
}

function save(jobs: RememberedJobs): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(jobs));
  } catch {
    // Then a job that ends during a reload is not reported.
  }
}
