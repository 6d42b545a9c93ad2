import { memo, useMemo } from "react";
import classes from "./diff.module.css";
import { type Change, wordDiff } from "./word-diff";

interface SideBySideProps {
  beforeLabel: string;
  before: string;
  afterLabel: string;
  after: string;
}

/** Two texts side by side, with changed words marked. On a phone they are stacked. */
export const SideBySide = memo(function SideBySide({ beforeLabel, before, afterLabel, after }: SideBySideProps) {
  const changes = useMemo(() => wordDiff(before, after), [before, after]);
  return (
    <div className={classes.columns}>
      <Column label={beforeLabel} changes={changes.filter(({ kind }) => kind !== "added")} />
      <Column label={afterLabel} changes={changes.filter(({ kind }) => kind !== "removed")} />
    </div>
  );
});

/** One text with removed and added words marked. */
export const InlineDiff = memo(function InlineDiff({ before, after }: { before: string; after: string }) {
  const changes = useMemo(() => wordDiff(before, after), [before, after]);
  return <ChangedText label="Changes" changes={changes} />;
});

function Column({ label, changes }: { label: string; changes: Change[] }) {
  return (
    <div className={classes.column}>
      <div className={classes.label}>{label}</div>
      <ChangedText label={label} changes={changes} />
    </div>
  );
}

function ChangedText({ label, changes }: { label: string; changes: Change[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={classes.text} tabIndex={0} aria-label={label}>
      {changes.length === 0 && <em>(empty)</em>}
      {changes.map(({ kind, text }, index) => {
        const key = index;
        if (kind === "added") return <ins key={key}>{text}</ins>;
        if (kind === "removed") return <del key={key}>{text}</del>;
        return <span key={key}>{text}</span>;
      })}
    </section>
  );
}
