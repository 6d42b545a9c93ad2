import { humanize } from "./format";

/** Labels that {@link humanize} would get wrong. */
const LABELS: Record<string, string> = {
  PR_AUTHORED: "PR authored",
  PR_REVIEWED: "PR reviewed",
  JIRA_OWNED: "Jira owned",
  JIRA_REVIEWED: "Jira reviewed",
  devex: "Developer experience",
};

/** The label of an API constant, such as `PR authored` for `PR_AUTHORED`. */
export function labelOf(constant: string): string {
  return LABELS[constant] ?? humanize(constant);
}
