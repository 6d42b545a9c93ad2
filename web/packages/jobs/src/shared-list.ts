import type { JobsClient } from "./create-client.js";
import { type JobList, listJobsInFlight } from "./document-requests.js";
import { withTimeout } from "./request-timeout.js";
import type { Job } from "./types.js";

/** Milliseconds in which a list that another part of the page has sent is as good as an own one. */
export const SAME_MOMENT_MS = 250;

interface SharedList {
  answer: Promise<JobList>;
  sentAt: number;
}

/** What the parts of a page share about the jobs of one document. */
interface SharedJobs {
  /** The last list, if it can be shared. */
  list?: SharedList | undefined;
  /** How many running jobs are polled. */
  followers: number;
}

const documents = new WeakMap<JobsClient, Record<string, SharedJobs>>();

function sharedJobsOf(client: JobsClient, documentId: string): SharedJobs {
  const ofClient = documents.get(client) ?? {};
  documents.set(client, ofClient);
  ofClient[documentId] ??= { followers: 0 };
  return ofClient[documentId];
}

/**
 * Lists the jobs in flight of a document. All parts of a page that ask at about the same time share one request: a list
 * that was sent at most `maxAgeMs` ago is used again, unless it has failed. No part aborts it, because others may wait.
 */
export function sharedJobList(client: JobsClient, documentId: string, maxAgeMs: number): Promise<JobList> {
  const shared = sharedJobsOf(client, documentId);
  if (shared.list && performance.now() - shared.list.sentAt < maxAgeMs) return shared.list.answer;
  const answer = withTimeout((signal) => listJobsInFlight(client, documentId, signal));
  const list = { answer, sentAt: performance.now() };
  shared.list = list;
  answer.catch(() => {
    if (shared.list === list) shared.list = undefined;
  });
  return answer;
}

/** A job that a hook has started or found, for the other hooks of the page with the same name. */
export interface StartedJob {
  name: string;
  jobId: string;
  /** Null if only its id is known. */
  job: Job | null;
}

type Listener = (client: JobsClient, documentId: string | null, started: StartedJob | null) => void;

const listeners = new Set<Listener>();

/** Jobs were created or cancelled. The last list of their document is shared no more, and the listeners are called. */
export function invalidateJobList(
  client: JobsClient,
  documentId: string | null,
  started: StartedJob | null = null,
): void {
  if (documentId) sharedJobsOf(client, documentId).list = undefined;
  for (const listener of listeners) listener(client, documentId, started);
}

/** Calls `listener` when this page has created or cancelled jobs. Returns the function that unsubscribes. */
export function onJobListInvalidated(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Counts a job of the document as polled until the returned function is called. */
export function followJobOf(client: JobsClient, documentId: string): () => void {
  const shared = sharedJobsOf(client, documentId);
  shared.followers += 1;
  return () => {
    shared.followers -= 1;
  };
}

/** True if more than one job of the document is polled, so that one list is cheaper than a request for each of them. */
export function isListCheaper(client: JobsClient, documentId: string): boolean {
  return sharedJobsOf(client, documentId).followers > 1;
}
