/**
 * Jobs with inline input, for an app that keeps its documents in its own database. The request has the texts in place
 * of the ids of a document and a block.
 */

import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];

/** `id` is the caller's own. Citations name it in `sourceId`. */
export type InputEvidence = Omit<Schemas["NewEvidence"], "externalId"> & { id: string };
export type InputGoal = Schemas["NewGoal"] & { id: string };
export type InputReview = Schemas["NewReview"] & { id: string };

/** What a job reads, at most 256 KB in all. */
export interface JobInput {
  document: { name: string; contextConfig?: Schemas["NewContextConfig"]; description?: string };
  /** Required for GENERATE and REFINE. REFINE also needs `content`. */
  block?: { prompt: string; content?: string };
  evidence: InputEvidence[];
  goals?: InputGoal[];
  reviews?: InputReview[];
}

/** A job that writes no block. Its text is in `result`, and its `documentId` and `blockId` are null. */
export interface NewInlineJob {
  type: Schemas["JobType"];
  input: JobInput;
  prompt?: string | null;
}

export type NewJob = Schemas["NewJob"] | NewInlineJob;

const JOBS = "/api/report-builder/jobs";
type JobsPath = paths[typeof JOBS];
type WithBody<Operation, Body> = Omit<Operation, "requestBody"> & {
  requestBody: { content: { "application/json": Body } };
};

/** The paths of the API, where `POST /jobs` also takes inline input. */
export type Paths = Omit<paths, typeof JOBS> & {
  [JOBS]: Omit<JobsPath, "post"> & { post: WithBody<JobsPath["post"], NewJob> };
};
