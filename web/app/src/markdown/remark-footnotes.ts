import type { Nodes, Paragraph, Parents, PhrasingContent, Root, RootContent } from "mdast";

/** Marks a position in a text with the number of a footnote. */
export interface Mark {
  /** Index into the text in UTF-16 units. The mark is inserted before this index. */
  index: number;
  number: number;
}

/** The property of a rendered `<sup>` that holds the number of its footnote. */
export const FOOTNOTE_PROPERTY = "data-footnote";

/**
 * A remark plugin that inserts footnote marks into parsed Markdown. It changes the tree and not the source, so a mark
 * cannot break the Markdown syntax, and the text cannot forge a mark.
 */
export function remarkFootnotes(marks: readonly Mark[]) {
  return () => (tree: Root) => {
    // From the end, so that a mark does not move the positions of earlier marks.
    for (const mark of [...marks].reverse()) insertMark(tree, mark);
  };
}

function insertMark(parent: Parents, mark: Mark): void {
  const before = parent.children.filter((child) => startOf(child) < mark.index);
  const child = before.at(-1);
  if (child === undefined) {
    if (isPhrasingParent(parent)) insertAfter(parent, parent.children.at(-1), sup(mark));
    return;
  }
  if (isPhrasingParent(parent) && endOf(child) <= mark.index) {
    insertAfter(parent, child, sup(mark));
    return;
  }
  if (child.type === "text" && splitText(parent, child, mark)) return;
  if ("children" in child && child.type !== "link" && child.type !== "linkReference") {
    insertMark(child, mark);
    return;
  }
  const following: RootContent = isPhrasingParent(parent) ? sup(mark) : paragraph(mark);
  insertAfter(parent, child, following);
}

/** Splits a text node at the mark. Returns false if escapes make the text differ from its source. */
function splitText(parent: Parents, child: Nodes & { type: "text" }, mark: Mark): boolean {
  const start = startOf(child);
  const at = mark.index - start;
  if (endOf(child) - start !== child.value.length) return false;
  const rest: PhrasingContent = { type: "text", value: child.value.slice(at) };
  child.value = child.value.slice(0, at);
  // Earlier marks are inserted later and need the correct position of the first part.
  if (child.position !== undefined) {
    child.position = { start: child.position.start, end: { ...child.position.end, offset: mark.index } };
  }
  insertAfter(parent, child, sup(mark), rest);
  return true;
}

function insertAfter(parent: Parents, child: Nodes | undefined, ...nodes: RootContent[]): void {
  const siblings: Nodes[] = parent.children;
  siblings.splice(child === undefined ? 0 : siblings.indexOf(child) + 1, 0, ...nodes);
}

/** A node that a transform has created has no source position. It counts as behind every mark. */
function startOf(node: Nodes): number {
  return node.position?.start.offset ?? Number.POSITIVE_INFINITY;
}

function endOf(node: Nodes): number {
  return node.position?.end.offset ?? startOf(node);
}

const PHRASING_PARENTS = new Set(["paragraph", "heading", "emphasis", "strong", "delete", "tableCell"]);

function isPhrasingParent(parent: Parents): boolean {
  return PHRASING_PARENTS.has(parent.type);
}

function sup(mark: Mark): PhrasingContent {
  return {
    type: "emphasis",
    children: [{ type: "text", value: String(mark.number) }],
    data: { hName: "sup", hProperties: { [FOOTNOTE_PROPERTY]: String(mark.number) } },
  };
}

function paragraph(mark: Mark): Paragraph {
  return { type: "paragraph", children: [sup(mark)] };
}
