import { Typography } from "@mantine/core";
import { memo, type ReactNode, useMemo } from "react";
import ReactMarkdown, { type Components, type ExtraProps } from "react-markdown";
import { safeUrl } from "../components/safe-url";
import classes from "./markdown.module.css";
import { PlainText } from "./plain-text";
import { remarkAddresses } from "./remark-addresses";
import {
  BEGINS_PROPERTY,
  ENDS_PROPERTY,
  FOOTNOTE_PROPERTY,
  type Mark,
  RANGES_PROPERTY,
  type Range,
  remarkAnnotations,
} from "./remark-annotations";
import { remarkDepth, TOO_DEEP_PROPERTY } from "./remark-depth";
import { remarkGithub } from "./remark-github";
import { remarkHeadingLevels } from "./remark-heading-levels";
import { remarkOwnWords } from "./remark-own-words";
import { remarkPlainImages } from "./remark-plain-images";
import { remarkVisible } from "./remark-visible";
import { TextBoundary } from "./text-boundary";
import { TextLink } from "./text-link";
import { TOO_DEEP, whyPlain } from "./why-plain";
import { withoutOverrides } from "./without-overrides";

/** A part of the text that has the same ranges from its start to its end. */
export interface RangePart {
  /** Positions in the list of ranges. */
  ranges: number[];
  /** Those of them that begin with this part. */
  begins: number[];
  ends: number[];
  children: ReactNode;
}

interface MarkdownProps {
  text: string;
  /** Level of the first heading in the text. Default: 3. */
  headingLevel?: 2 | 3 | 4;
  marks?: readonly Mark[];
  /** Renders a mark with the number of its footnote. Default: the number. */
  renderMark?: (number: number) => ReactNode;
  ranges?: readonly Range[];
  renderRange?: (part: RangePart) => ReactNode;
}

const NO_MARKS: readonly Mark[] = [];
const NO_RANGES: readonly Range[] = [];

/**
 * Renders Markdown without HTML and images. Links lead only to web and mail addresses, and name their host. A text that
 * would freeze or stop the page is shown as it is.
 */
export const Markdown = memo(function Markdown(props: MarkdownProps) {
  const reason = useMemo(() => whyPlain(props.text), [props.text]);
  if (reason !== null) return <PlainText text={props.text} reason={reason} />;
  return (
    <TextBoundary text={props.text}>
      <Formatted {...props} />
    </TextBoundary>
  );
});

function Formatted({
  text,
  headingLevel = 3,
  marks = NO_MARKS,
  renderMark,
  ranges = NO_RANGES,
  renderRange,
}: MarkdownProps) {
  const plugins = useMemo(
    () => [
      remarkOwnWords,
      remarkDepth,
      remarkAnnotations(marks, ranges),
      remarkAddresses,
      remarkGithub,
      remarkVisible,
      remarkPlainImages,
      remarkHeadingLevels(headingLevel),
    ],
    [headingLevel, marks, ranges],
  );
  const components = useMemo(() => componentsWith(text, renderMark, renderRange), [text, renderMark, renderRange]);
  return (
    <Typography className={classes.markdown}>
      <ReactMarkdown remarkPlugins={plugins} components={components} urlTransform={safeUrl}>
        {withoutOverrides(text)}
      </ReactMarkdown>
    </Typography>
  );
}

type Element = NonNullable<ExtraProps["node"]>;

function componentsWith(
  text: string,
  renderMark: MarkdownProps["renderMark"],
  renderRange: MarkdownProps["renderRange"],
): Components {
  return {
    a: ({ href, node, children }) => (
      <TextLink href={href} words={node ? wordsOf(node) : ""}>
        {children}
      </TextLink>
    ),
    sup: ({ node, children }) => {
      const number = node?.properties[FOOTNOTE_PROPERTY];
      return <sup>{typeof number === "string" && renderMark ? renderMark(Number(number)) : children}</sup>;
    },
    span: ({ node, children }) => {
      if (!renderRange) return <>{children}</>;
      return renderRange({
        ranges: numbersOf(node, RANGES_PROPERTY),
        begins: numbersOf(node, BEGINS_PROPERTY),
        ends: numbersOf(node, ENDS_PROPERTY),
        children,
      });
    },
    div: ({ node, children }) =>
      node?.properties[TOO_DEEP_PROPERTY] === undefined ? (
        <div>{children}</div>
      ) : (
        <PlainText text={text} reason={TOO_DEEP} />
      ),
    // A wide table scrolls inside its own region, which is focusable for keyboard users.
    table: ({ children }) => (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
      // biome-ignore lint/a11y/useSemanticElements: a fieldset is for fields, and a page has many tables.
      <div role="group" className={classes.wide} tabIndex={0} aria-label="Table">
        <table>{children}</table>
      </div>
    ),
    pre: ({ children }) => (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
      <pre tabIndex={0}>{children}</pre>
    ),
  };
}

function wordsOf(node: Element | Element["children"][number]): string {
  if (node.type === "text") return node.value;
  return "children" in node ? node.children.map(wordsOf).join("") : "";
}

function numbersOf(node: Element | undefined, property: string): number[] {
  const value = node?.properties[property];
  return typeof value === "string" ? value.split(" ").map(Number) : [];
}
