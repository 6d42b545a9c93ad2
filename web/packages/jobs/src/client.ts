/** The entry without React, for servers and scripts. */

export { ApiError, unwrap } from "./api-error.js";
export { type ClientOptions, createClient, type JobsClient } from "./create-client.js";
export type {
  InputEvidence,
  InputGoal,
  InputReview,
  InputToRefine,
  JobInput,
  NewInlineJob,
  NewJob,
} from "./inline-input.js";
export { applyJob } from "./job-requests.js";
export { endNotice, type Notice, type Notify } from "./notice.js";
export type { components, operations, paths } from "./schema.js";
export * from "./types.js";
