import { ExternalHyperlink, type IRunOptions, type ParagraphChild, ShadingType, TextRun } from "docx";
import type { Definition, PhrasingContent, Root } from "mdast";
import { safeUrl } from "../components/safe-url";
import type { Notes } from "./docx-notes";
import { nodesIn } from "./markdown-tree";

export const CODE = {
  font: "Consolas",
  shading: { type: ShadingType.CLEAR, fill: "F4F4F4" },
} as const satisfies IRunOptions;

/** Writes the words of a paragraph as runs of Word. */
export class TextWriter {
  private readonly definitions: Map<string, Definition>;

  constructor(
    tree: Root,
    private readonly notes: Notes,
  ) {
    const nodes = [...nodesIn(tree)];
    this.definitions = new Map(
      nodes.flatMap((node) => (node.type === "definition" ? [[node.identifier, node] as const] : [])),
    );
  }

  runs(nodes: readonly PhrasingContent[], style: IRunOptions = {}): ParagraphChild[] {
    return nodes.flatMap((node) => this.run(node, style));
  }

  private run(node: PhrasingContent, style: IRunOptions): ParagraphChild[] {
    switch (node.type) {
      case "text":
        return [textRun(node.value.replaceAll("\n", " "), style)];
      case "inlineCode":
        return [textRun(node.value, { ...style, ...CODE })];
      case "strong":
        return this.runs(node.children, { ...style, bold: true });
      case "emphasis":
        return this.runs(node.children, { ...style, italics: true });
      case "delete":
        return this.runs(node.children, { ...style, strike: true });
      case "break":
        return [new TextRun({ break: 1 })];
      case "link":
        return this.link(node.url, node.children, style);
      case "linkReference":
        return this.link(this.definitions.get(node.identifier)?.url ?? "", node.children, style);
      case "footnoteReference":
        return this.notes.mark(node);
      case "html":
        return htmlRuns(node.value, style);
      default:
        return [];
    }
  }

  private link(address: string, words: readonly PhrasingContent[], style: IRunOptions): ParagraphChild[] {
    const link = safeUrl(address);
    if (link === undefined) return this.runs(words, style);
    return [new ExternalHyperlink({ link, children: this.runs(words, { ...style, style: "Hyperlink" }) })];
  }
}

/** HTML is words, as in the other exports. Only a line break counts, and nobody should see a comment. */
function htmlRuns(html: string, style: IRunOptions): ParagraphChild[] {
  if (html.startsWith("<!--")) return [];
  return [/^<br\s*\/?>$/i.test(html) ? new TextRun({ break: 1 }) : textRun(html, style)];
}

export function textRun(text: string, style: IRunOptions): TextRun {
  return new TextRun({ ...style, text: wellFormed(text) });
}

/** Word refuses to open a file with a character that XML does not have. */
export function wellFormed(text: string): string {
  return text.replace(/[^\P{Cc}\t\n\r]|\p{Cs}|[\uFFFE\uFFFF]/gu, "");
}
