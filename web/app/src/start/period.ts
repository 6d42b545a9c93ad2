/** A range of days, both inclusive, as `YYYY-MM-DD`. `null` for no limit. */
export interface Period {
  start: string | null;
  end: string | null;
}

export interface NamedPeriod extends Period {
  label: string;
  /** Such as “first half of 2026”, for the name of a document. */
  name: string;
}

/** Periods to choose from on a day. */
export function periodsOn(today: Date): NamedPeriod[] {
  const year = today.getFullYear();
  const isFirst = isFirstHalf(today);
  const lastHalf = isFirst ? half(year - 1, 2) : half(year, 1);
  return [
    { label: "This half-year", ...half(year, isFirst ? 1 : 2) },
    { label: "Last half-year", ...lastHalf },
    { label: "This year", ...wholeYear(year) },
    { label: "Last year", ...wholeYear(year - 1) },
  ];
}

/** Reviews are written at the end of a half-year, or in the two months behind it. */
export function usualPeriodOn(today: Date): Period {
  const [thisHalf, lastHalf] = periodsOn(today);
  const isSoonAfter = today.getMonth() % 6 < 2;
  const { start, end } = (isSoonAfter ? lastHalf : thisHalf) ?? { start: null, end: null };
  return { start, end };
}

/** The name of a period, or an empty text if it is none of {@link periodsOn}. */
export function nameOfPeriod({ start, end }: Period, today: Date): string {
  return periodsOn(today).find((known) => known.start === start && known.end === end)?.name ?? "";
}

function isFirstHalf(today: Date): boolean {
  return today.getMonth() < 6;
}

function half(year: number, which: 1 | 2) {
  return which === 1
    ? { name: `first half of ${year}`, start: `${year}-01-01`, end: `${year}-06-30` }
    : { name: `second half of ${year}`, start: `${year}-07-01`, end: `${year}-12-31` };
}

function wholeYear(year: number) {
  return { name: String(year), start: `${year}-01-01`, end: `${year}-12-31` };
}
