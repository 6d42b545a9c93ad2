import { BarChart } from "@mantine/charts";
import { Text } from "@mantine/core";
import { count, date, pluralize, shortDay } from "../components/format";
import "@mantine/charts/styles.layer.css";
import type { Day } from "./days";
import classes from "./jobs.module.css";

interface UsageChartsProps {
  days: Day[];
  /** The number of jobs in the sums. */
  jobCount: number;
}

/** Tokens and cost per day. Lazy, because the chart library is larger than the rest of the page. */
export default function UsageCharts({ days, jobCount }: UsageChartsProps) {
  return (
    <section aria-label="Usage per day">
      <div className={classes.charts}>
        <Chart title="Tokens per day" days={days} field="tokens" color="pine.5" format={count} />
        <Chart
          title="Cost per day"
          days={days}
          field="cost"
          color="#d6a54a"
          format={(cost) => `$${cost.toFixed(cost < 1 ? 3 : 2)}`}
        />
      </div>
      <Text size="xs" c="dimmed" mt={-16} mb="lg">
        Sums of the {pluralize(jobCount, "job")} in the list below.
      </Text>
    </section>
  );
}

interface ChartProps {
  title: string;
  days: Day[];
  field: "tokens" | "cost";
  color: string;
  format: (value: number) => string;
}

function Chart({ title, days, field, color, format }: ChartProps) {
  const total = days.reduce((sum, day) => sum + day[field], 0);
  const description = days
    .filter((day) => day[field] > 0)
    .map((day) => `${date(day.date)}: ${format(day[field])}`)
    .join(", ");
  return (
    <figure className={classes.chart}>
      <figcaption>
        <Text size="sm" c="dimmed">
          {title}
        </Text>
        <Text fw={650} fz="xl">
          {format(total)}
        </Text>
      </figcaption>
      <div role="img" aria-label={`${title}: ${description}`}>
        <BarChart
          h={130}
          mt="xs"
          data={days.map((day) => ({ ...day, label: shortDay(day.date) }))}
          dataKey="label"
          series={[{ name: field, color, label: title }]}
          valueFormatter={format}
          gridAxis="none"
          withYAxis={false}
          maxBarWidth={36}
          xAxisProps={{ interval: "equidistantPreserveStart" }}
          barChartProps={{ accessibilityLayer: false }}
        />
      </div>
    </figure>
  );
}
