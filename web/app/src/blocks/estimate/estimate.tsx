import type { DryRun } from "@report-builder/jobs";
import classes from "./estimate.module.css";
import { estimateText } from "./estimate-text";

interface EstimateProps {
  /** For `aria-describedby` of the button. */
  id: string;
  dryRun: DryRun | undefined;
}

/** One quiet line about what jobs would read and cost, and what the user should know before. */
export function Estimate({ id, dryRun }: EstimateProps) {
  if (dryRun === undefined) return null;
  const text = estimateText(dryRun);
  return (
    <div id={id} className={classes.estimate} data-testid="estimate">
      {text}
      {dryRun.warnings.length > 0 && (
        <ul>
          {dryRun.warnings.map(({ code, detail }) => (
            <li key={code}>{detail}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
