import { useMediaQuery } from "@mantine/hooks";
import type { Block } from "@report-builder/jobs";
import classes from "./outline.module.css";
import { UNTITLED } from "./plain-blocks";

/** One heading is the title of the text. Two make it worth an outline. */
const MIN_HEADINGS = 2;

/** The headings of a document, as links. Beside the document on a wide screen, and folded above it on others. */
export function Outline({ blocks }: { blocks: readonly Block[] }) {
  const isWide = useMediaQuery("(min-width: 90em)", false, { getInitialValueInEffect: false });
  const headings = blocks.filter(({ type }) => type === "HEADING");
  if (headings.length < MIN_HEADINGS) return null;
  return (
    <nav aria-label="Outline" className={classes.outline}>
      <details open={isWide}>
        <summary>Outline</summary>
        <ol>
          {headings.map(({ id, content }) => (
            <li key={id}>
              <a href={`#${id}`}>{content || UNTITLED}</a>
            </li>
          ))}
        </ol>
      </details>
    </nav>
  );
}
