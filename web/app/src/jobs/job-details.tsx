import type { Job, Usage } from "@report-builder/jobs";
import type { ReactNode } from "react";
import { count, dateTime, dollars, pluralize } from "../components/format";
import { attemptsText } from "./attempts";
import classes from "./job-page.module.css";
import { OFFLINE_WRITER } from "./writer";

/** What a job read, and what it took: evidence, attempts, tokens and dollars. Only what is known. */
export function JobDetails({ job }: { job: Job }) {
  const { result, usage } = job;
  const attempts = attemptsText(job);
  return (
    <dl className={classes.details}>
      {result && <Item name="Evidence">{evidenceText(result)}</Item>}
      {result && <Item name="Model">{result.model}</Item>}
      {attempts && <Item name="Attempts">{attempts.includes("of") ? `attempt ${attempts}` : attempts}</Item>}
      {usage && <Item name="Tokens">{tokensText(usage)}</Item>}
      {usage && usage.costMicroUsd > 0 && <Item name="Cost">{dollars(usage.costMicroUsd)}</Item>}
      {result?.model === OFFLINE_WRITER && <Item name="Cost">Nothing: a sample text of the offline writer</Item>}
      <Item name="Created">{dateTime(job.createdAt)}</Item>
    </dl>
  );
}

function Item({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Such as “120 match, 100 read, 20 left out (20 over the limit)”. */
function evidenceText(result: NonNullable<Job["result"]>): string {
  const { evidenceMatched, evidenceCount, evidenceOmitted, evidenceOmittedBy } = result;
  const matched = `${count(evidenceMatched)}${result.evidenceMatchedIsLowerBound ? " or more" : ""}`;
  const reasons = [
    evidenceOmittedBy.limit > 0 && `${count(evidenceOmittedBy.limit)} over the limit of the document`,
    evidenceOmittedBy.tokens > 0 && `${count(evidenceOmittedBy.tokens)} too long for one request`,
  ].filter(Boolean);
  const why = reasons.length > 0 ? ` (${reasons.join(", ")})` : "";
  const leftOut = evidenceOmitted > 0 ? `${count(evidenceOmitted)} left out${why}` : "none left out";
  return `${matched} matched, ${pluralize(evidenceCount, "piece")} read, ${leftOut}`;
}

function tokensText(usage: Usage): string {
  const written = usage.cacheCreationInputTokens;
  return [
    `${count(usage.inputTokens + written)} in`,
    `${count(usage.outputTokens)} out`,
    `${count(usage.cacheReadInputTokens)} from cache`,
  ].join(", ");
}
