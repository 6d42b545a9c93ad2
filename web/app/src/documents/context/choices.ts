import type { ContextConfig } from "@report-builder/jobs";
import { count } from "../../components/format";

/** Whether the jobs of a document read a piece of evidence first, as the filters say, or never. */
export type Choice = "PINNED" | "NORMAL" | "EXCLUDED";

/** The most pieces that a document pins, and the most that it leaves out. */
export const MAX_CHOSEN = 500;

export type Chosen = Pick<ContextConfig, "pinnedEvidenceIds" | "excludedEvidenceIds">;

export function chosenText({ pinnedEvidenceIds, excludedEvidenceIds }: Chosen): string {
  return `${count(pinnedEvidenceIds.length)} pinned, ${count(excludedEvidenceIds.length)} left out`;
}

export function choiceOf({ pinnedEvidenceIds, excludedEvidenceIds }: Chosen, id: string): Choice {
  if (excludedEvidenceIds.includes(id)) return "EXCLUDED";
  return pinnedEvidenceIds.includes(id) ? "PINNED" : "NORMAL";
}

/** The lists after a choice for some pieces. A piece is in one of them at most. Null if a list would be too long. */
export function choose(config: Chosen, ids: readonly string[], choice: Choice): Chosen | null {
  const without = (list: readonly string[]) => list.filter((id) => !ids.includes(id));
  const pinned = without(config.pinnedEvidenceIds);
  const excluded = without(config.excludedEvidenceIds);
  const chosen = {
    pinnedEvidenceIds: choice === "PINNED" ? [...pinned, ...ids] : pinned,
    excludedEvidenceIds: choice === "EXCLUDED" ? [...excluded, ...ids] : excluded,
  };
  return Math.max(chosen.pinnedEvidenceIds.length, chosen.excludedEvidenceIds.length) > MAX_CHOSEN ? null : chosen;
}
