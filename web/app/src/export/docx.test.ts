import { strFromU8, unzipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { docxOf } from "./docx";

/** The parts of the file by their names. */
async function partsOf(markdown: string): Promise<Record<string, string>> {
  const file = new Uint8Array(await (await docxOf(markdown, "Review")).arrayBuffer());
  return Object.fromEntries(Object.entries(unzipSync(file)).map(([name, bytes]) => [name, strFromU8(bytes)]));
}

async function bodyOf(markdown: string): Promise<string> {
  return (await partsOf(markdown))["word/document.xml"] ?? "";
}

/** The paragraphs as `style: text`. */
function paragraphsOf(xml: string): string[] {
  return [...xml.matchAll(/<w:p>.*?<\/w:p>|<w:p\/>/gs)].map(([paragraph]) => {
    const style = /<w:pStyle w:val="(\w+)"/.exec(paragraph)?.[1] ?? "";
    const text = [...paragraph.matchAll(/<w:t(?: [^>]*)?>([^<]*)<\/w:t>/g)].map(([, words]) => words).join("");
    return `${style}: ${text}`;
  });
}

describe("docxOf", () => {
  it("has the headings and paragraphs", async () => {
    const body = await bodyOf("# A\n\n## B & C\n\n### D?\n\nOne\ntwo.\n\n---\n\nThree <b> four");
    expect(paragraphsOf(body)).toEqual([
      "Heading1: A",
      "Heading2: B &amp; C",
      "Heading3: D?",
      ": One two.",
      ": ",
      ": Three &lt;b&gt; four",
    ]);
  });

  it("has bold, italic, deleted and code words", async () => {
    const body = await bodyOf("**a** *b* ~~c~~ `d`\n\n```js\ne\n  f\n```");
    for (const [mark, word] of [
      ["<w:b/>", "a"],
      ["<w:i/>", "b"],
      ["<w:strike/>", "c"],
      ['w:ascii="Consolas"', "d"],
      ['w:ascii="Consolas"', "  f"],
    ]) {
      expect(body).toMatch(new RegExp(`<w:r>(?:(?!</w:r>).)*${mark}(?:(?!</w:r>).)*>${word}</w:t>`, "s"));
    }
  });

  it("numbers each list from its own start, and nests lists", async () => {
    const parts = await partsOf("3. c\n4. d\n   - e\n\n     f\n\nText\n\n1. a\n\n- [x] g");
    const body = parts["word/document.xml"] ?? "";
    expect(paragraphsOf(body).map((line) => line.replace(/^\w*/, ""))).toEqual([
      ": c",
      ": d",
      ": e",
      ": f",
      ": Text",
      ": a",
      ": ☑ g",
    ]);
    const items = [...body.matchAll(/<w:ilvl w:val="(\d)"\/><w:numId w:val="(\d+)"/g)].map(([, level, id]) => [
      level,
      id,
    ]);
    expect(items.map(([level]) => level)).toEqual(["0", "0", "1", "0", "0"]);
    expect(new Set(items.map(([, id]) => id)).size).toBe(4);
    expect(parts["word/numbering.xml"]).toContain('<w:start w:val="3"/>');
  });

  it("has tables", async () => {
    const body = await bodyOf("| a | b |\n|---|--:|\n| c | **d** |");
    expect(body.match(/<w:tr>|<w:tr /g)).toHaveLength(2);
    expect(paragraphsOf(body).slice(0, 4)).toEqual([": a", ": b", ": c", ": d"]);
  });

  it("links to web and mail addresses only", async () => {
    const parts = await partsOf(
      "[a](https://example.com/?x=1&y) [b](javascript:alert) [c][d] ![e](https://example.com/e.png)\n\n[d]: /api",
    );
    const links = (parts["word/_rels/document.xml.rels"] ?? "").match(/Target="[^"]+" TargetMode="External"/g);
    expect(links).toEqual([
      'Target="https://example.com/?x=1&amp;y" TargetMode="External"',
      'Target="https://example.com/e.png" TargetMode="External"',
    ]);
    expect(paragraphsOf(parts["word/document.xml"] ?? "")[0]).toBe(": a b c e");
  });

  it("has a footnote of Word for each source, with one reference", async () => {
    const notes = "[^n2]: [Second](https://example.com/2) (2026-10-01)\n[^n1]: First\n[^n3]: Never marked";
    const parts = await partsOf(`One.[^n1] Two.[^n2][^n1] Three.[^n4]\n\n${notes}`);
    const body = parts["word/document.xml"] ?? "";
    expect(body.match(/<w:footnoteReference w:id="\d+"/g)).toEqual([
      '<w:footnoteReference w:id="1"',
      '<w:footnoteReference w:id="2"',
    ]);
    expect(body).toContain('<w:hyperlink w:history="1" w:anchor="source-1"');
    const footnotes = paragraphsOf(parts["word/footnotes.xml"] ?? "").filter((line) => line.startsWith("Footnote"));
    expect(footnotes).toEqual(["FootnoteText: First", "FootnoteText: Second (2026-10-01)"]);
    expect(parts["word/_rels/footnotes.xml.rels"]).toContain("https://example.com/2");
  });

  it("leaves out characters that XML does not have", async () => {
    expect(paragraphsOf(await bodyOf("a\u0001b\uFFFEc\uD800d 🎉"))[0]).toBe(": abcd 🎉");
  });
});
