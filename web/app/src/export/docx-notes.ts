import { Bookmark, FootnoteReferenceRun, InternalHyperlink, type ParagraphChild, TextRun } from "docx";
import type { FootnoteDefinition, FootnoteReference, Root } from "mdast";
import { nodesIn } from "./markdown-tree";

/**
 * The footnotes of a document. Word gives each reference a number of its own. So the first mark of a source is the
 * reference, and further marks are links to it.
 */
export class Notes {
  /** The definitions that have a mark, in the order of the first marks. Word counts them from 1. */
  readonly used: FootnoteDefinition[];
  private readonly marked = new Set<number>();

  constructor(tree: Root) {
    const nodes = [...nodesIn(tree)];
    const definitions = new Map(
      nodes.flatMap((node) => (node.type === "footnoteDefinition" ? [[node.identifier, node] as const] : [])),
    );
    const names = nodes.flatMap((node) => (node.type === "footnoteReference" ? [node.identifier] : []));
    this.used = [...new Set(names)].flatMap((name) => definitions.get(name) ?? []);
  }

  mark({ identifier }: FootnoteReference): ParagraphChild[] {
    const number = this.used.findIndex((definition) => definition.identifier === identifier) + 1;
    if (number === 0) return [];
    const id = `source-${number}`;
    if (this.marked.has(number)) {
      const text = new TextRun({ text: String(number), superScript: true });
      return [new InternalHyperlink({ anchor: id, children: [text] })];
    }
    this.marked.add(number);
    return [new Bookmark({ id, children: [new FootnoteReferenceRun(number)] })];
  }
}
