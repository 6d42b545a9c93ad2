import { Text } from "@mantine/core";
import { hasEnded, type Job } from "@report-builder/jobs";
import classes from "./job-page.module.css";
import { stepsOf } from "./steps";
import { useNow } from "./use-now";

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

/** What happened to a job, in its order, with the waits between the steps. */
export function JobSteps({ job }: { job: Job }) {
  const now = useNow(!hasEnded(job));
  return (
    <ol className={classes.steps}>
      {stepsOf(job, now).map(({ name, at, wait }) => (
        <li key={`${name} ${at}`}>
          <Text size="sm" fw={500} component="span">
            {name}
          </Text>{" "}
          <Text size="sm" c="dimmed" component="time" dateTime={at}>
            {timeFormat.format(new Date(at))}
          </Text>
          {wait && (
            <Text size="sm" c="dimmed">
              {wait}
            </Text>
          )}
        </li>
      ))}
    </ol>
  );
}
