import type { Nodes, Root } from "mdast";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { remarkPlainImages } from "../markdown/remark-plain-images";

const parser = unified().use(remarkParse).use(remarkGfm);

/** Parses the Markdown of an export. An image becomes a link, as on the page. */
export function treeOf(markdown: string): Root {
  const tree = parser.parse(markdown);
  remarkPlainImages()(tree);
  return tree;
}

/** All nodes below a node, in the order of the text. */
export function* nodesIn(parent: Nodes): Generator<Nodes> {
  if (!("children" in parent)) return;
  for (const child of parent.children) {
    yield child;
    yield* nodesIn(child);
  }
}
