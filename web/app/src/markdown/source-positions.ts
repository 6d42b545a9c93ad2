import type { Nodes, Text } from "mdast";

/** A place in a text node: character `at` of its value stands at `source` in the text. */
interface Anchor {
  at: number;
  source: number;
}

const anchorsOf = new WeakMap<Text, Anchor[]>();

interface Token {
  type: string;
  start: { line: number; column: number; offset: number };
}

/** What this file uses of the context of the Markdown compiler. */
interface Compiler {
  stack: Nodes[];
}

/**
 * An extension of the Markdown compiler that remembers where the parts of each text node stand in the source. They
 * differ after an escape (`\*`), an entity (`&amp;`), and a line break in a list item or a quote.
 */
export const rememberPositions = {
  enter: { data: enterText, characterEscape: enterText, characterReference: enterText },
};

/** As the compiler does it, and stores an anchor. */
function enterText(this: Compiler, token: Token): undefined {
  const parent = this.stack.at(-1);
  const siblings: Nodes[] = parent && "children" in parent ? parent.children : [];
  let tail = siblings.at(-1);
  if (tail?.type !== "text") {
    const { line, column, offset } = token.start;
    tail = { type: "text", value: "", position: { start: { line, column, offset }, end: { line, column, offset } } };
    siblings.push(tail);
  }
  this.stack.push(tail);
  const anchors = anchorsOf.get(tail) ?? [{ at: 0, source: startOf(tail) }];
  anchorsOf.set(tail, anchors);
  anchors.push({ at: tail.value.length, source: token.start.offset });
  // The character stands behind the backslash.
  if (token.type === "characterEscape") anchors.push({ at: tail.value.length, source: token.start.offset + 1 });
}

/** The index into the value of a text node that belongs to an index into the source. */
export function valueIndex(text: Text, index: number): number {
  const start = startOf(text);
  const anchors = anchorsOf.get(text) ?? [{ at: 0, source: start }];
  // The first character of a text node may have been removed since, such as the space behind a check box.
  const removed = start - (anchors[0]?.source ?? start);
  const next = anchors.findIndex((anchor) => anchor.source > index);
  const anchor = anchors.at(next === -1 ? -1 : Math.max(0, next - 1)) ?? { at: 0, source: start };
  const end = next === -1 ? text.value.length : (anchors[next]?.at ?? 0) - removed;
  return Math.max(0, Math.min(anchor.at + index - anchor.source - removed, end));
}

/** A node that a transform has created has no place in the source. It counts as behind every place. */
export function startOf(node: Nodes): number {
  return node.position?.start.offset ?? Number.POSITIVE_INFINITY;
}

export function endOf(node: Nodes): number {
  return node.position?.end.offset ?? startOf(node);
}
