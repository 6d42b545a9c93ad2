import type { NewBlock, NewDocument } from "@report-builder/jobs";
import { browserTimeZone } from "../components/time-zone";
import { nameOfPeriod, type Period, usualPeriodOn } from "./period";
import { promptFor, SELF, type Template } from "./templates";

/** What the user has chosen for a new review. */
export interface ReviewPlan {
  template: Template;
  period: Period;
  personName: string;
  /** `null` until the user types a name. Then {@link suggestedName} is the name. */
  name: string | null;
  /** The most characters of each answer, or `null` for any length. */
  maxCharacters: number | null;
}

export function firstPlan(today: Date): ReviewPlan {
  return { template: SELF, period: usualPeriodOn(today), personName: "", name: null, maxCharacters: null };
}

/** Such as “Peer review of Sam, second half of 2026”. */
export function suggestedName({ template, period, personName }: ReviewPlan, today: Date): string {
  const person = template.perspective === "SELF" ? "" : personName.trim();
  const title = person === "" ? template.label : `${template.label} of ${person}`;
  return [title, nameOfPeriod(period, today)].filter(Boolean).join(", ");
}

export function documentOf(plan: ReviewPlan, today: Date): NewDocument {
  const { start, end } = plan.period;
  return {
    name: plan.name?.trim() || suggestedName(plan, today),
    perspective: plan.template.perspective,
    personName: plan.personName.trim() || null,
    timeZone: browserTimeZone(),
    contextConfig: { evidenceDateRange: { ...(start && { start }), ...(end && { end }) } },
  };
}

/** A heading and a question for each section. */
export function blocksOf({ template, personName, maxCharacters }: ReviewPlan): NewBlock[] {
  return template.sections.flatMap((section): NewBlock[] => [
    { type: "HEADING", content: section.heading },
    { type: "PROMPT_RESPONSE", prompt: promptFor(section, personName), maxCharacters },
  ]);
}
