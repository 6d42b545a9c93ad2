import type { Nodes, Root } from "mdast";
import { gfmFootnoteFromMarkdown } from "mdast-util-gfm-footnote";
import { gfmFootnote } from "micromark-extension-gfm-footnote";

/** What this file uses of the Markdown processor. */
interface Processor {
  data(): { micromarkExtensions?: unknown[]; fromMarkdownExtensions?: unknown[] };
}

/** A remark plugin for the footnotes of an export, which are its sources. */
export function remarkFootnotes(this: unknown): (tree: Root) => void {
  const data = (this as Processor).data();
  data.micromarkExtensions ??= [];
  data.micromarkExtensions.push(gfmFootnote());
  data.fromMarkdownExtensions ??= [];
  data.fromMarkdownExtensions.push(gfmFootnoteFromMarkdown());
  return (tree) => unlinkWords(tree, false);
}

/**
 * Leaves to a footnote only the links that the export has written. An address in the words of a source stays text: who
 * wrote the source may lead a reader elsewhere. The parser has given that link no place in the source.
 */
export function unlinkWords(parent: Nodes, isNote: boolean): void {
  if (!("children" in parent)) return;
  const children: Nodes[] = parent.children;
  children.forEach((child, index) => {
    const [words] = child.type === "link" && child.position === undefined ? child.children : [];
    if (isNote && words) children[index] = words;
    else unlinkWords(child, isNote || child.type === "footnoteDefinition");
  });
}
