import { Text, VisuallyHidden } from "@mantine/core";
import type { EvidenceType } from "@report-builder/jobs";
import { useEffect, useRef } from "react";
import { type EvidenceFilters, useEvidenceCounts } from "../api/library";
import { count, pluralize } from "../components/format";
import { labelOf } from "../components/labels";
import { ProblemAlert } from "../components/problem-alert";
import { EVIDENCE_TYPES } from "./choices";
import classes from "./evidence-chart.module.css";
import { daysOf, everyMonth, type MonthCount, monthName, shortMonthName } from "./months";

interface EvidenceChartProps {
  filters: EvidenceFilters;
  /** Called with the days of the chosen month, or with null for no limit. */
  onRange: (range: { start: string | null; end: string | null }) => void;
}

/** The evidence that the filters match by month and type. A click on a month shows only that month. */
export function EvidenceChart({ filters, onRange }: EvidenceChartProps) {
  const { data, error, refetch } = useEvidenceCounts(filters);
  const months = everyMonth(data?.months ?? []);
  const types = EVIDENCE_TYPES.filter((type) => months.some((month) => countOf(month, type) > 0));
  const highest = Math.max(...months.map(({ total }) => total));
  const bars = useRef<HTMLDivElement>(null);
  const newest = months.at(-1)?.month;

  // The newest months are the interesting ones, if there are more than fit.
  useEffect(() => {
    if (newest && bars.current) bars.current.scrollLeft = bars.current.scrollWidth;
  }, [newest]);

  if (error) return <ProblemAlert error={error} title="The evidence cannot be counted" onRetry={refetch} />;
  if (!data) return <div className={classes.waiting} role="status" aria-label="Loading the counts" />;
  return (
    <section className={classes.chart} aria-label="Evidence by month">
      <div className={classes.head}>
        <Text size="sm" role="status">
          {data.totalIsLowerBound ? `The newest ${count(data.total)} pieces` : pluralize(data.total, "piece")}
        </Text>
        <ul className={classes.legend}>
          {types.map((type) => (
            <li key={type} data-type={type}>
              {labelOf(type)}
            </li>
          ))}
        </ul>
      </div>
      {months.length > 0 && (
        <div className={classes.bars} ref={bars}>
          {months.map((month, index) => (
            <Column
              key={month.month}
              month={month}
              showsYear={index === 0 || month.month.endsWith("-01")}
              highest={highest}
              isChosen={isMonth(filters, month.month)}
              onRange={onRange}
            />
          ))}
        </div>
      )}
      <CountTable months={months} types={types} />
    </section>
  );
}

interface ColumnProps {
  month: MonthCount;
  showsYear: boolean;
  highest: number;
  isChosen: boolean;
  onRange: EvidenceChartProps["onRange"];
}

function Column({ month, showsYear, highest, isChosen, onRange }: ColumnProps) {
  const content = (
    <span aria-hidden className={classes.content}>
      <span className={classes.plot}>
        <span className={classes.number}>{month.total > 0 && count(month.total)}</span>
        {month.types.map(({ type, count: pieces }) => (
          <span key={type} data-type={type} style={{ height: `${(pieces / highest) * 80}%` }} />
        ))}
      </span>
      <span className={classes.name}>{shortMonthName(month.month)}</span>
      <span className={classes.year}>{showsYear && month.month.slice(0, 4)}</span>
    </span>
  );
  // A month without evidence has nothing to show.
  if (month.total === 0) {
    return <div className={classes.column}>{content}</div>;
  }
  const parts = month.types.map(({ type, count: pieces }) => `${labelOf(type)} ${count(pieces)}`);
  return (
    <button
      type="button"
      className={classes.column}
      aria-pressed={isChosen}
      title={`${monthName(month.month)}: ${parts.join(", ")}`}
      onClick={() => onRange(isChosen ? { start: null, end: null } : daysOf(month.month))}
    >
      <VisuallyHidden>
        Only {monthName(month.month)}, {pluralize(month.total, "piece")}
      </VisuallyHidden>
      {content}
    </button>
  );
}

/** What the bars show, for screen readers. */
function CountTable({ months, types }: { months: readonly MonthCount[]; types: readonly EvidenceType[] }) {
  return (
    <VisuallyHidden component="div">
      <table>
        <caption>Pieces of evidence by month and type</caption>
        <thead>
          <tr>
            <th scope="col">Month</th>
            {types.map((type) => (
              <th key={type} scope="col">
                {labelOf(type)}
              </th>
            ))}
            <th scope="col">All</th>
          </tr>
        </thead>
        <tbody>
          {months.map((month) => (
            <tr key={month.month}>
              <th scope="row">{monthName(month.month)}</th>
              {types.map((type) => (
                <td key={type}>{count(countOf(month, type))}</td>
              ))}
              <td>{count(month.total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </VisuallyHidden>
  );
}

function countOf(month: MonthCount, type: EvidenceType): number {
  return month.types.find((counted) => counted.type === type)?.count ?? 0;
}

function isMonth(filters: EvidenceFilters, month: string): boolean {
  const { start, end } = daysOf(month);
  return filters.start === start && filters.end === end;
}
