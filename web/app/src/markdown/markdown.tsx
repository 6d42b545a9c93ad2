import { Typography } from "@mantine/core";
import { memo, type ReactNode, useMemo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import type { Mark } from "../citations/footnotes";
import { FOOTNOTE_PROPERTY, remarkFootnotes } from "../citations/remark-footnotes";
import { isFormatted } from "./is-formatted";
import classes from "./markdown.module.css";
import { remarkHeadingLevels } from "./remark-heading-levels";
import { remarkPlainImages } from "./remark-plain-images";
import { safeUrl } from "./safe-url";

interface MarkdownProps {
  text: string;
  /** The level of the text's first heading. */
  headingLevel?: 2 | 3 | 4;
  marks?: readonly Mark[];
  /** What stands at a mark. */
  renderMark?: (number: number) => ReactNode;
}

const NO_MARKS: readonly Mark[] = [];

/** Markdown as text with a structure: no HTML, no images, and links to web and mail addresses only. */
export const Markdown = memo(function Markdown({
  text,
  headingLevel = 3,
  marks = NO_MARKS,
  renderMark,
}: MarkdownProps) {
  const plugins = useMemo(
    () => [remarkGfm, remarkPlainImages, remarkHeadingLevels(headingLevel), remarkFootnotes(marks)],
    [headingLevel, marks],
  );
  const components = useMemo(() => componentsWith(renderMark), [renderMark]);
  if (!isFormatted(text)) return <div className={classes.plain}>{text}</div>;
  return (
    <Typography className={classes.markdown}>
      <ReactMarkdown remarkPlugins={plugins} components={components} urlTransform={safeUrl}>
        {text}
      </ReactMarkdown>
    </Typography>
  );
});

function componentsWith(renderMark: MarkdownProps["renderMark"]): Components {
  return {
    a: ({ href, children }) =>
      href ? (
        <a href={href} target="_blank" rel="noopener noreferrer nofollow">
          {children}
        </a>
      ) : (
        <span>{children}</span>
      ),
    sup: ({ node, children }) => {
      const number = node?.properties[FOOTNOTE_PROPERTY];
      return <sup>{typeof number === "string" && renderMark ? renderMark(Number(number)) : children}</sup>;
    },
    // A wide table scrolls by itself, also by keyboard, and not the page.
    table: ({ children }) => (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
      <section className={classes.wide} tabIndex={0} aria-label="Table">
        <table>{children}</table>
      </section>
    ),
    pre: ({ children }) => (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
      <pre tabIndex={0}>{children}</pre>
    ),
  };
}
