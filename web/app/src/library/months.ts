import type { components } from "@report-builder/jobs";

export type MonthCount = components["schemas"]["MonthCount"];

/** The months from the first to the last with evidence, oldest first. Months between them have a total of 0. */
export function everyMonth(counted: readonly MonthCount[]): MonthCount[] {
  const [first, last] = [counted.at(0), counted.at(-1)];
  if (!first || !last) return [];
  const byMonth = new Map(counted.map((count) => [count.month, count]));
  const months: MonthCount[] = [];
  for (let month = first.month; month <= last.month; month = monthAfter(month)) {
    months.push(byMonth.get(month) ?? { month, total: 0, types: [] });
  }
  return months;
}

/** The first and the last day of a month such as `2026-09`. */
export function daysOf(month: string): { start: string; end: string } {
  const [year, number] = partsOf(month);
  const lastDay = new Date(Date.UTC(year, number, 0)).getUTCDate();
  return { start: `${month}-01`, end: `${month}-${lastDay}` };
}

const longFormat = new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric", timeZone: "UTC" });
const shortFormat = new Intl.DateTimeFormat(undefined, { month: "short", timeZone: "UTC" });

/** Such as “September 2026”, in the user's language. */
export function monthName(month: string): string {
  return longFormat.format(new Date(`${month}-01`));
}

/** Such as “Sep”, in the user's language. */
export function shortMonthName(month: string): string {
  return shortFormat.format(new Date(`${month}-01`));
}

function monthAfter(month: string): string {
  const [year, number] = partsOf(month);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, "0")}`;
}

function partsOf(month: string): [year: number, number: number] {
  return [Number(month.slice(0, 4)), Number(month.slice(5))];
}
