import { Document, type IStylesOptions, Packer, Paragraph } from "docx";
import { BlockWriter } from "./docx-blocks";
import { Notes } from "./docx-notes";
import { TextWriter, wellFormed } from "./docx-text";
import { treeOf } from "./markdown-tree";

const HEADING = { color: "1F2A2C", bold: true };
const BEFORE = { before: 240, after: 80 };

/** Sizes are in half points, distances in twentieths of a point. */
const STYLES: IStylesOptions = {
  default: {
    document: { run: { font: "Calibri", size: 22 }, paragraph: { spacing: { after: 120, line: 276 } } },
    heading1: { run: { ...HEADING, size: 36 }, paragraph: { spacing: { after: 160 } } },
    heading2: { run: { ...HEADING, size: 28 }, paragraph: { spacing: { before: 320, after: 80 } } },
    heading3: { run: { ...HEADING, size: 23 }, paragraph: { spacing: BEFORE } },
    heading4: { run: { ...HEADING, size: 22 }, paragraph: { spacing: BEFORE } },
    heading5: { run: { ...HEADING, size: 22 }, paragraph: { spacing: BEFORE } },
    heading6: { run: { ...HEADING, size: 22 }, paragraph: { spacing: BEFORE } },
  },
};

/** Turns the Markdown of an export into a file of Word. Its footnotes become footnotes of Word. */
export function docxOf(markdown: string, title: string): Promise<Blob> {
  const tree = treeOf(markdown);
  const notes = new Notes(tree);
  const writer = new BlockWriter(new TextWriter(tree, notes));
  const children = writer.blocks(tree.children);
  const footnotes = Object.fromEntries(
    notes.used.map((definition, index) => {
      const paragraphs = writer
        .blocks(definition.children, { style: "FootnoteText" })
        .filter((block) => block instanceof Paragraph);
      return [index + 1, { children: paragraphs }];
    }),
  );
  return Packer.toBlob(
    new Document({
      title: wellFormed(title),
      creator: "Report Builder",
      styles: STYLES,
      numbering: { config: writer.numberings },
      footnotes,
      sections: [{ children }],
    }),
  );
}
