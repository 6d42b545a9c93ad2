import type { JobsClient } from "./client.js";
import { type JobList, listJobsInFlight } from "./document-requests.js";
import { withTimeout } from "./request-timeout.js";

interface SharedList {
  answer: Promise<JobList>;
  controller: AbortController;
  sentAt: number;
  /** How many callers still wait for the answer. */
  waiting: number;
}

/** The last list of each document, per client. */
const lists = new WeakMap<JobsClient, Map<string, SharedList>>();

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
  const ofClient = lists.get(client) ?? new Map<string, SharedList>();
  lists.set(client, ofClient);
  const known = ofClient.get(documentId);
  const list = known && performance.now() - known.sentAt < maxAgeMs ? known : send(client, documentId);
  ofClient.set(documentId, list);
  const forget = () => {
    if (ofClient.get(documentId) === list) ofClient.delete(documentId);
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
    const settle = () => signal.removeEventListener("abort", leave);
    list.answer.then(
      (answer) => {
        settle();
        resolve(answer);
      },
      (error: unknown) => {
        settle();
        forget();
        reject(error);
      },
    );
  });
}

function send(client: JobsClient, documentId: string): SharedList {
  const controller = new AbortController();
  const answer = withTimeout((signal) => listJobsInFlight(client, documentId, signal), controller);
  return { answer, controller, sentAt: performance.now(), waiting: 0 };
}

/** Makes the last list of the document too old to be shared, because jobs of the document were created or cancelled. */
export function forgetJobList(client: JobsClient, documentId: string): void {
  lists.get(client)?.delete(documentId);
}

/** How many running jobs of each document are polled on this page, per client. */
const followers = new WeakMap<JobsClient, Map<string, number>>();

/** Counts a job of the document as polled until the returned function is called. */
export function followJobOf(client: JobsClient, documentId: string): () => void {
  const ofClient = followers.get(client) ?? new Map<string, number>();
  followers.set(client, ofClient);
  const change = (by: number) => ofClient.set(documentId, (ofClient.get(documentId) ?? 0) + by);
  change(1);
  return () => void change(-1);
}

/** True if more than one job of the document is polled, so that one list is cheaper than a request for each of them. */
export function isListCheaper(client: JobsClient, documentId: string): boolean {
  return (followers.get(client)?.get(documentId) ?? 0) > 1;
}
