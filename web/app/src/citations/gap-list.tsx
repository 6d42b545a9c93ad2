import { IconPencilPlus } from "@tabler/icons-react";
import { useId } from "react";
import type { Gap } from "./passages";
import classes from "./truth.module.css";

interface GapListProps {
  gaps: readonly Gap[];
  onChoose: (gap: Gap) => void;
}

/** What the writer must still add to a text. A click leads to the place. */
export function GapList({ gaps, onChoose }: GapListProps) {
  const titleId = useId();
  if (gaps.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields.
    <div role="group" className={classes.tasks} aria-labelledby={titleId} data-no-copy>
      <p id={titleId} className={classes.tasksTitle}>
        To add
      </p>
      <ul>
        {gaps.map((gap) => (
          <li key={gap.start}>
            <button type="button" className={classes.task} onClick={() => onChoose(gap)}>
              <IconPencilPlus size={15} aria-hidden />
              <span>{gap.words || "Something is missing here"}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
