/**
 * Jobs with inline input, for an app that keeps its documents in its own database. The request has the texts in place
 * of the ids of a document and a block. Such a job writes no block: its text is in `result`, and its `documentId` and
 * `blockId` are null.
 */

import type { components } from "./schema.js";

type Schemas = components["schemas"];

/** `id` is the caller's own. Citations name it in `sourceId`. */
export type InputEvidence = Schemas["InlineEvidence"];
export type InputGoal = Schemas["InlineGoal"];
export type InputReview = Schemas["InlineReview"];

/** What a job reads, at most 256 KB in all. */
export type JobInput = Schemas["InlineInput"] | InputToRefine;

/** What a REFINE reads: it needs `block.content`. */
export type InputToRefine = Schemas["InlineInputToRefine"];

export type NewJob = Schemas["NewJob"];

/** A job that brings its own sources. */
export type NewInlineJob = Extract<NewJob, { input: unknown }>;
