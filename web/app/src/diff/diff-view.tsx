import { memo, type ReactNode, useMemo } from "react";
import classes from "./diff.module.css";
import { type Change, wordDiff } from "./word-diff";
import { isRewrite } from "./words";

interface SideBySideProps {
  beforeLabel: string;
  before: string;
  afterLabel: string;
  after: string;
}

/** Two texts side by side, with changed words marked. On a phone they are stacked. */
export const SideBySide = memo(function SideBySide({ beforeLabel, before, afterLabel, after }: SideBySideProps) {
  const changes = useChanges(before, after);
  return (
    <TwoTexts
      beforeLabel={beforeLabel}
      before={changes ? <Changes changes={changes.filter(({ kind }) => kind !== "added")} /> : before}
      afterLabel={afterLabel}
      after={changes ? <Changes changes={changes.filter(({ kind }) => kind !== "removed")} /> : after}
    />
  );
});

/** One text with removed and added words marked. A rewritten text is shown below the old one. */
export const InlineDiff = memo(function InlineDiff({ before, after }: { before: string; after: string }) {
  const changes = useChanges(before, after);
  if (changes === null) return <TwoTexts beforeLabel="Before" before={before} afterLabel="After" after={after} />;
  return (
    <Panel label="Changes">
      <Changes changes={changes} />
    </Panel>
  );
});

/** Like {@link InlineDiff}, as a part of another text. */
export const DiffText = memo(function DiffText({ before, after }: { before: string; after: string }) {
  const changes = useMemo(() => wordDiff(before, after), [before, after]);
  return (
    <div className={classes.words}>
      <Changes changes={changes} />
    </div>
  );
});

interface TwoTextsProps {
  beforeLabel: string;
  before: ReactNode;
  afterLabel: string;
  after: ReactNode;
}

/** Two texts side by side, without marks. On a phone they are stacked. */
export function TwoTexts({ beforeLabel, before, afterLabel, after }: TwoTextsProps) {
  return (
    <div className={classes.columns}>
      <Column label={beforeLabel}>{before}</Column>
      <Column label={afterLabel}>{after}</Column>
    </div>
  );
}

/** The changed words, or null if nearly all words are others. */
function useChanges(before: string, after: string): Change[] | null {
  return useMemo(() => (isRewrite(before, after) ? null : wordDiff(before, after)), [before, after]);
}

function Column({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className={classes.column}>
      <div className={classes.label}>{label}</div>
      <Panel label={label}>{children}</Panel>
    </div>
  );
}

function Panel({ label, children }: { label: string; children: ReactNode }) {
  const isPlain = typeof children === "string";
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields.
    <div role="group" className={classes.text} tabIndex={0} aria-label={label}>
      {isPlain ? <span className={classes.words}>{children || <em>(empty)</em>}</span> : children}
    </div>
  );
}

function Changes({ changes }: { changes: Change[] }) {
  if (changes.length === 0) return <em>(empty)</em>;
  return (
    <span className={classes.words}>
      {changes.map(({ kind, text }, index) => {
        const key = index;
        if (kind === "added") return <ins key={key}>{text}</ins>;
        if (kind === "removed") return <del key={key}>{text}</del>;
        return <span key={key}>{text}</span>;
      })}
    </span>
  );
}
