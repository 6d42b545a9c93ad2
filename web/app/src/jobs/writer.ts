import type { Job } from "@report-builder/jobs";

/** The model of the local runner without a key. It writes sample texts, so no model and no price belong under them. */
export const OFFLINE_WRITER = "offline-writer";

/** Who writes the text of a job. Only the result of a job says it. */
export function writerOf({ result }: Pick<Job, "result">): string {
  if (result === null) return "the model";
  return result.model === OFFLINE_WRITER ? "the offline writer" : "Claude";
}

/** The name of a model, for people. */
export function modelName(model: string): string {
  return model === OFFLINE_WRITER ? "the offline writer" : model;
}
