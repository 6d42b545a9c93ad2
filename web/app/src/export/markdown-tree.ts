import type { Nodes, Root } from "mdast";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { remarkGithub } from "../markdown/remark-github";
import { remarkPlainImages } from "../markdown/remark-plain-images";
import { remarkVisible } from "../markdown/remark-visible";
import { remarkFootnotes, unlinkWords } from "./remark-footnotes";

const parser = unified().use(remarkParse).use(remarkGithub).use(remarkFootnotes).use(remarkVisible);

/** Parses the Markdown of an export. An image becomes a link, and only an export's own links lead out of a footnote, as on paper. */
export function treeOf(markdown: string): Root {
  const tree = parser.parse(markdown);
  unlinkWords(tree, false);
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
