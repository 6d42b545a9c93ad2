import { Switch } from "@mantine/core";
import { count, pluralize } from "../components/format";
import type { Grounding } from "./passages";
import classes from "./truth.module.css";
import { useMarksShown } from "./use-marks-shown";

interface TruthLineProps {
  grounding: Grounding;
  /** Whether a person has edited the text, and it has numbers. Only the numbers of a draft are compared with sources. */
  hasOwnNumbers: boolean;
}

/** Says how much of a text rests on sources, in the style of the marks, and has the switch for the marks. */
export function TruthLine({ grounding, hasOwnNumbers }: TruthLineProps) {
  const [marksShown, setMarksShown] = useMarksShown();
  const { sentences, cited, uncited, unsupportedNumbers, gaps } = grounding;
  if (sentences === 0 && gaps.length === 0) return null;
  const hasMarks = uncited.length > 0 || unsupportedNumbers.length > 0;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset would be a part of a form.
    <div className={classes.line} role="group" aria-label="What this text rests on" data-no-copy>
      {sentences > 0 && (
        <span className={hasMarks && marksShown && uncited.length > 0 ? classes.uncited : undefined}>
          {count(cited)} of {pluralize(sentences, "sentence")} supported
        </span>
      )}
      {unsupportedNumbers.length > 0 && (
        <span className={marksShown ? classes.number : undefined}>
          {pluralize(unsupportedNumbers.length, "number")} without a source
        </span>
      )}
      {hasOwnNumbers && <span>Numbers that you wrote are not checked</span>}
      {gaps.length > 0 && <span className={classes.gap}>{count(gaps.length)} to add</span>}
      {hasMarks && (
        <Switch
          size="xs"
          className={classes.switch}
          label="Show marks"
          checked={marksShown}
          onChange={(event) => setMarksShown(event.currentTarget.checked)}
        />
      )}
    </div>
  );
}
