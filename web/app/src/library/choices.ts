import type { EvidenceCategory, EvidenceScope, EvidenceType, GoalStatus, ReviewType } from "@report-builder/jobs";
import { words } from "../components/format";

export const EVIDENCE_TYPES: readonly EvidenceType[] = [
  "PR_AUTHORED",
  "PR_REVIEWED",
  "ISSUE_CREATED",
  "JIRA_OWNED",
  "JIRA_REVIEWED",
  "SLACK",
  "MANUAL",
];
export const EVIDENCE_CATEGORIES: readonly EvidenceCategory[] = [
  "feature",
  "bug",
  "refactor",
  "docs",
  "devex",
  "recognition",
  "help",
];
export const EVIDENCE_SCOPES: readonly EvidenceScope[] = ["small", "medium", "large"];
export const GOAL_STATUSES: readonly GoalStatus[] = ["ACTIVE", "COMPLETED", "PAUSED", "CANCELLED"];
export const REVIEW_TYPES: readonly ReviewType[] = ["MANAGER", "PEER", "EMPLOYEE", "SELF"];

const NAMES: Record<string, string> = {
  PR_AUTHORED: "PR authored",
  PR_REVIEWED: "PR reviewed",
  JIRA_OWNED: "Jira owned",
  JIRA_REVIEWED: "Jira reviewed",
  devex: "Developer experience",
};

/** A constant of the API as people say it. */
export function nameOf(constant: string): string {
  return NAMES[constant] ?? words(constant);
}

/** Constants as the choices of a select. */
export function choicesOf<Constant extends string>(constants: readonly Constant[]) {
  return constants.map((value) => ({ value, label: nameOf(value) }));
}
