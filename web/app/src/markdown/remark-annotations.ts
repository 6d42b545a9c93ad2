import type { Nodes, Parents, PhrasingContent, Root, Text } from "mdast";
import { endOf, rememberPositions, startOf, valueIndex } from "./source-positions";

/** Marks a position in a text with the number of a footnote. */
export interface Mark {
  /** Index into the text in UTF-16 units. The mark is inserted before this index. */
  index: number;
  number: number;
}

/** A part of a text that is shown in its own way. Indexes count UTF-16 units. */
export interface Range {
  start: number;
  end: number;
}

/** The property of a rendered `<sup>` that holds the number of its footnote. */
export const FOOTNOTE_PROPERTY = "data-footnote";

/** The properties of a rendered `<span>` with the positions of its ranges in the list, such as `0 2`. */
export const RANGES_PROPERTY = "data-ranges";
/** Those of them that begin with this `<span>`. One range is several spans if a part of it is bold. */
export const BEGINS_PROPERTY = "data-begins";
export const ENDS_PROPERTY = "data-ends";

/** What this file uses of the Markdown processor. */
interface Processor {
  data(): { fromMarkdownExtensions?: unknown[] };
}

/**
 * A remark plugin that inserts footnote marks into parsed Markdown, and wraps ranges. It changes the tree and not the
 * source, so a mark cannot break the Markdown syntax, and the text cannot forge a mark. It must stand before plugins
 * that change the text, because it needs the places of the text in the source.
 */
export function remarkAnnotations(marks: readonly Mark[], ranges: readonly Range[]) {
  return function annotations(this: unknown): undefined {
    const data = (this as Processor).data();
    data.fromMarkdownExtensions ??= [];
    data.fromMarkdownExtensions.push(rememberPositions, {
      transforms: [(tree: Root) => new Annotator(marks, ranges).annotate(tree)],
    });
  };
}

/** Walks a tree once, from its start to its end. */
class Annotator {
  /** The marks that are not inserted yet, in text order. */
  private readonly pending: Mark[];
  /** The last paragraph or heading so far. A mark behind it, and before the next one, is added to it. */
  private lastLine: Parents | null = null;
  private readonly begun = new Set<number>();
  /** The last span of each range so far. */
  private readonly lastSpans = new Map<number, Span>();

  constructor(
    marks: readonly Mark[],
    private readonly ranges: readonly Range[],
  ) {
    this.pending = [...marks].sort((one, other) => one.index - other.index);
  }

  annotate(tree: Root): undefined {
    this.visit(tree);
    this.finishLine(Number.POSITIVE_INFINITY, tree);
    for (const [range, span] of this.lastSpans) append(span, ENDS_PROPERTY, range);
  }

  private visit(parent: Parents): void {
    const children: Nodes[] = [];
    for (const child of parent.children) {
      const inside = "children" in child ? (child as Parents) : null;
      if (inside !== null && LINES.has(child.type)) {
        this.finishLine(startOf(child));
        this.lastLine = inside;
        this.visitLine(inside);
        children.push(child);
      } else if (inside !== null) {
        this.visit(inside);
        children.push(child);
      } else {
        // A block of code or a rule. It can have no mark inside, so the marks stand below it.
        this.finishLine(startOf(child));
        children.push(child);
        const below = this.takeUntil(endOf(child));
        if (below.length > 0) children.push({ type: "paragraph", children: below.map(sup) });
      }
    }
    setChildren(parent, children);
  }

  /** Visits a paragraph, or a part of it such as bold text. */
  private visitLine(parent: Parents): void {
    const children: Nodes[] = [];
    for (const child of parent.children) {
      if (child.type === "text") {
        children.push(...this.divide(child));
      } else if (child.type === "link" || child.type === "linkReference") {
        setChildren(
          child,
          child.children.flatMap((part) => this.spanned(part)),
        );
        children.push(child, ...this.takeUntil(endOf(child)).map(sup));
      } else if ("children" in child) {
        this.visitLine(child);
        children.push(child, ...this.takeUntil(endOf(child)).map(sup));
      } else {
        children.push(...this.spanned(child), ...this.takeUntil(endOf(child)).map(sup));
      }
    }
    setChildren(parent, children);
  }

  /** Divides a text at its marks and at the limits of its ranges. */
  private divide(text: Text): Nodes[] {
    const end = endOf(text);
    const marks = this.takeUntil(end);
    const parts: Nodes[] = [];
    let from = startOf(text);
    for (const mark of marks) {
      parts.push(...this.rangesIn(text, from, Math.max(from, mark.index)), sup(mark));
      from = Math.max(from, mark.index);
    }
    parts.push(...this.rangesIn(text, from, end));
    return parts;
  }

  /** A node inside a link, or one that cannot be divided, such as code. */
  private spanned(node: Nodes): Nodes[] {
    if (node.type === "text") return this.rangesIn(node, startOf(node), endOf(node));
    if ("children" in node) {
      setChildren(
        node,
        node.children.flatMap((part) => this.spanned(part)),
      );
      return [node];
    }
    const active = this.activeIn(startOf(node), endOf(node));
    return active.length === 0 || node.type === "break" ? [node] : [this.span(active, node as PhrasingContent)];
  }

  /** The part of a text between two indexes into the source, with a span for each change of the ranges. */
  private rangesIn(text: Text, from: number, to: number): Nodes[] {
    const active = this.activeIn(from, to);
    const limits = active.flatMap((range) => [this.ranges[range]?.start ?? to, this.ranges[range]?.end ?? to]);
    const cuts = [...new Set(limits)].filter((cut) => cut > from && cut < to).sort((one, other) => one - other);
    const parts: Nodes[] = [];
    [...cuts, to].forEach((end, position) => {
      const start = position === 0 ? from : (cuts[position - 1] ?? from);
      const value = text.value.slice(valueIndex(text, start), valueIndex(text, end));
      if (value === "") return;
      const inside = this.activeIn(start, end);
      const part: Text = { type: "text", value };
      parts.push(inside.length === 0 ? part : this.span(inside, part));
    });
    return parts;
  }

  private activeIn(start: number, end: number): number[] {
    return [...this.ranges.keys()].filter((position) => {
      const range = this.ranges[position];
      return range !== undefined && range.start < end && range.end > start;
    });
  }

  private span(active: readonly number[], child: PhrasingContent): PhrasingContent {
    const span: Span = {
      type: "emphasis",
      children: [child],
      data: { hName: "span", hProperties: { [RANGES_PROPERTY]: active.join(" ") } },
    };
    for (const range of active) {
      if (!this.begun.has(range)) append(span, BEGINS_PROPERTY, range);
      this.begun.add(range);
      this.lastSpans.set(range, span);
    }
    return span;
  }

  /** Adds the marks until an index to the last paragraph or heading, or to a new one if there is none. */
  private finishLine(index: number, root?: Root): void {
    if (this.lastLine === null && root === undefined) return;
    const marks = this.takeUntil(index).map(sup);
    if (marks.length === 0) return;
    if (this.lastLine !== null) setChildren(this.lastLine, [...this.lastLine.children, ...marks]);
    else root?.children.push({ type: "paragraph", children: marks });
  }

  private takeUntil(index: number): Mark[] {
    const later = this.pending.findIndex((mark) => mark.index > index);
    return this.pending.splice(0, later === -1 ? this.pending.length : later);
  }
}

/** An inline node that is rendered as a `<span>`. */
type Span = PhrasingContent & { data: { hName: string; hProperties: Record<string, string> } };

function append({ data: { hProperties } }: Span, property: string, range: number): void {
  const known = hProperties[property];
  hProperties[property] = known === undefined ? String(range) : `${known} ${range}`;
}

/** Nodes whose children are text and not blocks. */
const LINES = new Set(["paragraph", "heading", "tableCell"]);

function setChildren(parent: Parents, children: Nodes[]): void {
  (parent.children as Nodes[]) = children;
}

function sup(mark: Mark): PhrasingContent {
  return {
    type: "emphasis",
    children: [{ type: "text", value: String(mark.number) }],
    data: { hName: "sup", hProperties: { [FOOTNOTE_PROPERTY]: String(mark.number) } },
  };
}
