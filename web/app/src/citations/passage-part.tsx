import { VisuallyHidden } from "@mantine/core";
import type { RangePart } from "../markdown/markdown";
import type { Passage } from "./passages";
import classes from "./truth.module.css";

interface PassagePartProps extends RangePart {
  passages: readonly Passage[];
  /** The id of the element at which a gap begins. */
  gapId: (start: number | undefined) => string;
}

/** A part of a text in the style of its passages. Screen readers hear what the style means. */
export function PassagePart({ passages, ranges, begins, ends, gapId, children }: PassagePartProps) {
  const kindsOf = (positions: number[]) => positions.map((position) => passages[position]?.kind);
  const kinds = kindsOf(ranges);
  const gap = begins.find((position) => passages[position]?.kind === "gap");
  const className = (["uncited", "number", "gap"] as const)
    .filter((kind) => kinds.includes(kind))
    .map((kind) => classes[kind])
    .join(" ");
  const isMark = kinds.includes("number") || kinds.includes("gap");
  const Part = isMark ? "mark" : "span";
  return (
    <>
      <Part
        className={className}
        data-passage={kinds.join(" ")}
        {...(gap !== undefined && { id: gapId(passages[gap]?.start), tabIndex: -1 })}
      >
        {children}
      </Part>
      {kindsOf(ends).includes("number") && <Hint>(number without a source)</Hint>}
      {kindsOf(ends).includes("uncited") && <Hint>(sentence without a source)</Hint>}
    </>
  );
}

/** Not a part of the text that a user copies. */
function Hint({ children }: { children: string }) {
  return (
    <VisuallyHidden component="span" className={classes.hint}>
      {" "}
      {children}{" "}
    </VisuallyHidden>
  );
}
