import type { Job } from "@report-builder/jobs";
import { type Decision, isProposal } from "../blocks/job/decided";

/** What a person can do about a job that ended with this reason. */
const ADVICE: Record<string, string> = {
  CANCELLED: "Nothing was written. Retry it if you want the text after all.",
  SUPERSEDED: "A newer job writes this section. There is nothing to do.",
  TIMED_OUT:
    "Retry it. If it happens again, read less evidence: choose a shorter period in the context of the document.",
  EXPIRED: "Too much was going on. Retry it.",
  RETRIES_EXHAUSTED: "Claude could not answer. Retry it in a few minutes.",
  REFUSED: "Change the prompt or leave out the evidence that it is about, then generate again.",
  BUDGET_EXCEEDED: "Retry it tomorrow, or ask your operator for a larger budget.",
  INVALID: "A retry would fail in the same way. Correct what the message says first.",
  TRUNCATED: "The text ends early. Refine it, or ask for less in the prompt.",
  TOO_LONG: "The text is longer than the section allows. Refine it, or shorten it yourself.",
  PROPOSED: "The text waits in its section until you take it or leave it.",
  NOT_APPLIED: "The section kept its own words. Take the new text in the document if it is better.",
};

/** The codes of `problem` that say more than the reason. */
const BY_CODE: Record<string, string> = {
  NO_API_KEY: "Ask your operator to set the API key of Claude, then retry it.",
  MODEL_KEY_REJECTED: "Ask your operator to renew the API key of Claude, then retry it.",
  BLOCK_NOT_FOUND: "The section was deleted. There is nothing to do.",
  DOCUMENT_NOT_FOUND: "The document was deleted. There is nothing to do.",
};

const DECIDED: Record<Decision, string> = {
  TAKEN: "You took the text into its section.",
  DECLINED: "You kept your own words.",
  OUTDATED: "A newer draft of the section has taken its place.",
};

/** What to do about an ended job. Null if there is nothing to say. */
export function adviceFor(job: Pick<Job, "status" | "statusReason" | "problem">, decision: Decision | null) {
  const { status, statusReason, problem } = job;
  if (decision && isProposal(job)) return DECIDED[decision];
  if (status === "FAILED" && statusReason === "NOT_APPLIED") {
    return "You edited the section before Claude was asked, so nothing was written. Generate it again if you like.";
  }
  const known = (problem && BY_CODE[problem.code]) ?? (statusReason && ADVICE[statusReason]);
  if (known) return known;
  if (status !== "FAILED") return null;
  return problem?.retryable === false ? "A retry would fail in the same way." : "Retry it.";
}
