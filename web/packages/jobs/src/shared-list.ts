import type { JobsClient } from "./create-client.js";
import { type JobList, listJobsInFlight } from "./document-requests.js";
import { withTimeout } from "./request-timeout.js";

/** Milliseconds in which a list that another part of the page has sent is as good as an own one. */
export const SAME_MOMENT_MS = 250;

interface SharedList {
  answer: Promise<JobList>;
  controller: AbortController;
  sentAt: number;
  /** How many callers still wait for the answer. */
  waiting: number;
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
 * that was sent at most `maxAgeMs` ago is used again. The request is aborted when all of them have aborted.
 */
export function sharedJobList(
  client: JobsClient,
  documentId: string,
  maxAgeMs: number,
  signal: AbortSignal,
): Promise<JobList> {
  const shared = sharedJobsOf(client, documentId);
  if (!shared.list || performance.now() - shared.list.sentAt >= maxAgeMs) shared.list = send(client, documentId);
  const { list } = shared;
  const forget = () => {
    if (shared.list === list) shared.list = undefined;
  };
  list.waiting += 1;
  return new Promise<JobList>((resolve, reject) => {
    const leave = () => {
      list.waiting -= 1;
      if (list.waiting === 0) {
        forget();
        list.controller.abort();
      }
      reject(signal.reason);
    };
    signal.addEventListener("abort", leave, { once: true });
    list.answer
      .finally(() => signal.removeEventListener("abort", leave))
      .then(resolve, (error: unknown) => {
        forget();
        reject(error);
      });
  });
}

function send(client: JobsClient, documentId: string): SharedList {
  const controller = new AbortController();
  const answer = withTimeout((signal) => listJobsInFlight(client, documentId, signal), controller);
  return { answer, controller, sentAt: performance.now(), waiting: 0 };
}

type Listener = (client: JobsClient, documentId: string) => void;

const listeners = new Set<Listener>();

/** Jobs of the document were created or cancelled. Its last list is shared no more, and the listeners are called. */
export function invalidateJobList(client: JobsClient, documentId: string): void {
  sharedJobsOf(client, documentId).list = undefined;
  for (const listener of listeners) listener(client, documentId);
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
