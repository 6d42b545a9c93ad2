import { Progress, Text } from "@mantine/core";
import { useUsageToday } from "../api/jobs";
import { dateTime, dollars } from "../components/format";
import classes from "./jobs.module.css";

/** What was spent today, against what may be spent. Nothing without a budget. */
export function Budget() {
  const { data } = useUsageToday();
  if (!data || data.leftMicroUsd === null) return null;
  const { leftMicroUsd: left, resetAt } = data;
  const spent = data.usage.reduce((sum, row) => sum + row.costMicroUsd, 0);
  const percent = spent + left === 0 ? 100 : (100 * spent) / (spent + left);
  return (
    <section className={classes.budget} aria-label="Budget of today">
      <Text size="sm">
        <strong>{dollars(spent)}</strong> spent today, <strong>{dollars(left)}</strong> left until {dateTime(resetAt)}
      </Text>
      <Progress value={percent} size="sm" mt={6} aria-label="Spent of the budget of today" />
    </section>
  );
}
