import { Typography } from "@mantine/core";
import { memo, type ReactNode, useMemo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import remarkGfm from "remark-gfm";
import { safeUrl } from "../components/safe-url";
import { isFormatted } from "./is-formatted";
import classes from "./markdown.module.css";
import { FOOTNOTE_PROPERTY, type Mark, remarkFootnotes } from "./remark-footnotes";
import { remarkHeadingLevels } from "./remark-heading-levels";
import { remarkPlainImages } from "./remark-plain-images";

interface MarkdownProps {
  text: string;
  /** Level of the first heading in the text. Default: 3. */
  headingLevel?: 2 | 3 | 4;
  marks?: readonly Mark[];
  /** Renders a mark with the number of its footnote. Default: the number. */
  renderMark?: (number: number) => ReactNode;
}

const NO_MARKS: readonly Mark[] = [];

/** Renders Markdown without HTML and images. Links lead only to web and mail addresses. */
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
    // A wide table scrolls inside its own region, which is focusable for keyboard users.
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
