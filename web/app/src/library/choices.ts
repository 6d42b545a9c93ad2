import type { EvidenceCategory, EvidenceScope, EvidenceType, GoalStatus, ReviewType } from "@report-builder/jobs";
import { labelOf } from "../components/labels";

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

/** Constants as the options of a `Select`. */
export function choicesOf<Constant extends string>(constants: readonly Constant[]) {
  return constants.map((value) => ({ value, label: labelOf(value) }));
}
