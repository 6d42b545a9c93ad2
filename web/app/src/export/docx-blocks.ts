import {
  AlignmentType,
  BorderStyle,
  HeadingLevel,
  type INumberingOptions,
  type IParagraphOptions,
  LevelFormat,
  Paragraph,
  type ParagraphChild,
  ShadingType,
  Table,
  TableCell,
  TableRow,
  TextRun,
  WidthType,
} from "docx";
import type { AlignType, Code, List, ListItem, RootContent, Table as TableNode } from "mdast";
import { CODE, type TextWriter, textRun } from "./docx-text";

type Block = Paragraph | Table;

const HEADINGS = [
  HeadingLevel.HEADING_1,
  HeadingLevel.HEADING_2,
  HeadingLevel.HEADING_3,
  HeadingLevel.HEADING_4,
  HeadingLevel.HEADING_5,
  HeadingLevel.HEADING_6,
] as const;

const ALIGNMENTS = { left: AlignmentType.LEFT, center: AlignmentType.CENTER, right: AlignmentType.RIGHT };

/** Twentieths of a point. */
const INDENT = 360;
/** The lists of Word have levels from 0 to 8. */
const DEEPEST = 8;

/** Writes the blocks of a text as paragraphs and tables of Word. */
export class BlockWriter {
  /** The numberings of the lists that were written. */
  readonly numberings: INumberingOptions["config"][number][] = [];

  constructor(private readonly text: TextWriter) {}

  /** @param base what each paragraph has, such as the indent of a quotation. */
  blocks(nodes: readonly RootContent[], base: IParagraphOptions = {}): Block[] {
    return nodes.flatMap((node) => this.block(node, base));
  }

  private block(node: RootContent, base: IParagraphOptions): Block[] {
    switch (node.type) {
      case "heading":
        return [
          new Paragraph({
            ...base,
            heading: HEADINGS[node.depth - 1] ?? HEADINGS[5],
            children: this.text.runs(node.children),
          }),
        ];
      case "paragraph":
        return [new Paragraph({ ...base, children: this.text.runs(node.children) })];
      case "list":
        return this.list(node, base, 0);
      case "code":
        return [code(node, base)];
      case "blockquote":
        return this.blocks(node.children, quoted(base));
      case "table":
        return [this.table(node)];
      case "thematicBreak":
        return [new Paragraph({ ...base, thematicBreak: true })];
      case "html":
        return node.value.startsWith("<!--") ? [] : [new Paragraph({ ...base, children: [textRun(node.value, {})] })];
      default:
        return [];
    }
  }

  private list(list: List, base: IParagraphOptions, depth: number): Block[] {
    const level = Math.min(depth, DEEPEST);
    const reference = `list-${this.numberings.length + 1}`;
    this.numberings.push({ reference, levels: levels(list, level) });
    return list.children.flatMap((item) => this.item(item, { ...base, numbering: { reference, level } }, base, depth));
  }

  /** Only the first paragraph of an item has its number. */
  private item(item: ListItem, numbered: IParagraphOptions, base: IParagraphOptions, depth: number): Block[] {
    const [first, ...rest] = item.children;
    const words: ParagraphChild[] = first?.type === "paragraph" ? this.text.runs(first.children) : [];
    const others = first?.type === "paragraph" ? rest : item.children;
    const box = item.checked == null ? [] : [new TextRun(item.checked ? "☑ " : "☐ ")];
    const below = { ...base, indent: { left: INDENT * (depth + 2) } };
    return [
      new Paragraph({ ...numbered, children: [...box, ...words] }),
      ...others.flatMap((node) => (node.type === "list" ? this.list(node, base, depth + 1) : this.block(node, below))),
    ];
  }

  private table({ children, align }: TableNode): Table {
    const rows = children.map(
      (row, index) =>
        new TableRow({
          tableHeader: index === 0,
          children: row.children.map((cell, column) => {
            const words = this.text.runs(cell.children, index === 0 ? { bold: true } : {});
            return new TableCell({ children: [new Paragraph({ ...aligned(align?.[column]), children: words })] });
          }),
        }),
    );
    return new Table({ rows, width: { size: 100, type: WidthType.PERCENTAGE } });
  }
}

/** All levels, because Word numbers an item of a level that a list does not have with nothing. */
function levels(list: List, ownLevel: number): INumberingOptions["config"][number]["levels"] {
  return Array.from({ length: DEEPEST + 1 }, (_, level) => ({
    level,
    format: list.ordered ? LevelFormat.DECIMAL : LevelFormat.BULLET,
    text: list.ordered ? `%${level + 1}.` : "•",
    start: level === ownLevel ? (list.start ?? 1) : 1,
    style: { paragraph: { indent: { left: INDENT * (level + 2), hanging: INDENT } } },
  }));
}

function code({ value }: Code, base: IParagraphOptions): Paragraph {
  const lines = value.split("\n").map((line, index) => textRun(line, { ...CODE, ...(index > 0 && { break: 1 }) }));
  return new Paragraph({ ...base, shading: { type: ShadingType.CLEAR, fill: CODE.shading.fill }, children: lines });
}

function quoted(base: IParagraphOptions): IParagraphOptions {
  const left = Number(base.indent?.left ?? 0) + INDENT;
  const line = { style: BorderStyle.SINGLE, size: 12, space: 8, color: "BBBBBB" };
  return { ...base, indent: { left }, border: { left: line } };
}

function aligned(align: AlignType | undefined): IParagraphOptions {
  return align ? { alignment: ALIGNMENTS[align] } : {};
}
