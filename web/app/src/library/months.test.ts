import { expect, test } from "vitest";
import { daysOf, everyMonth, monthName } from "./months";

const counted = (month: string, count: number) => ({
  month,
  total: count,
  types: [{ type: "MANUAL" as const, count }],
});

test("the months between two with evidence are there, also over the end of a year", () => {
  const months = everyMonth([counted("2025-11", 2), counted("2026-02", 1)]);
  expect(months.map(({ month, total }) => [month, total])).toEqual([
    ["2025-11", 2],
    ["2025-12", 0],
    ["2026-01", 0],
    ["2026-02", 1],
  ]);
});

test("without evidence there are no months, and one month stands alone", () => {
  expect(everyMonth([])).toEqual([]);
  expect(everyMonth([counted("2026-09", 3)])).toEqual([counted("2026-09", 3)]);
});

test("a month ends with its last day, also in a leap year", () => {
  expect(daysOf("2026-09")).toEqual({ start: "2026-09-01", end: "2026-09-30" });
  expect(daysOf("2024-02").end).toBe("2024-02-29");
  expect(daysOf("2026-12").end).toBe("2026-12-31");
});

test("a month has its own name in every time zone", () => {
  expect(monthName("2026-09")).toBe(
    new Intl.DateTimeFormat(undefined, { month: "long", year: "numeric" }).format(new Date(2026, 8, 15)),
  );
});
