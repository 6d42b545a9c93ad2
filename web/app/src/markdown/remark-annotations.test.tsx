import { renderToStaticMarkup } from "react-dom/server";
import ReactMarkdown from "react-markdown";
import { describe, expect, it } from "vitest";
import { remarkAddresses } from "./remark-addresses";
import { type Mark, type Range, remarkAnnotations } from "./remark-annotations";
import { remarkGithub } from "./remark-github";

/** Renders a text in which each `^` is a mark. Removes the property with the footnote number from the HTML. */
function withMarks(marked: string): string {
  const parts = marked.split("^");
  let index = 0;
  const marks = parts.slice(0, -1).map((part, before) => {
    index += part.length;
    return { index, number: before + 1 };
  });
  return html(parts.join(""), marks, []).replaceAll(/ data-footnote="\d+"/g, "");
}

/** Renders a text in which `⟨` and `⟩` limit ranges. */
function withRanges(marked: string): string {
  const open: { start: number; end: number }[] = [];
  const ranges: { start: number; end: number }[] = [];
  let text = "";
  for (const character of marked) {
    const range = { start: text.length, end: text.length };
    if (character === "⟨") ranges.push(range);
    if (character === "⟨") open.push(range);
    else if (character === "⟩") (open.pop() ?? range).end = text.length;
    else text += character;
  }
  return html(text, [], ranges).replaceAll("data-", "");
}

function html(text: string, marks: Mark[], ranges: Range[]): string {
  const plugins = [remarkAnnotations(marks, ranges), remarkAddresses, remarkGithub];
  const markup = renderToStaticMarkup(<ReactMarkdown remarkPlugins={plugins}>{text}</ReactMarkdown>);
  return markup.replaceAll("\n", "");
}

describe("remarkAnnotations", () => {
  it.each([
    ["within a paragraph", "One.^ Two.^", "<p>One.<sup>1</sup> Two.<sup>2</sup></p>"],
    ["several at one place", "One.^^ Two.", "<p>One.<sup>1</sup><sup>2</sup> Two.</p>"],
    ["in bold text", "A **bold^ word** here.", "<p>A <strong>bold<sup>1</sup> word</strong> here.</p>"],
    ["behind the marks of bold text", "A **word**^ here.", "<p>A <strong>word</strong><sup>1</sup> here.</p>"],
    ["in a list", "- one^\n- two^", "<ul><li>one<sup>1</sup></li><li>two<sup>2</sup></li></ul>"],
    ["in a heading", "# Title^", "<h1>Title<sup>1</sup></h1>"],
    [
      "after a link, not in it",
      "[a li^nk](https://example.com) x",
      '<p><a href="https://example.com">a link</a><sup>1</sup> x</p>',
    ],
    ["after code, not in it", "`co^de` x", "<p><code>code</code><sup>1</sup> x</p>"],
    ["below a block of code", "```\nco^de\n```", "<pre><code>code</code></pre><p><sup>1</sup></p>"],
    ["after an escape", "1 \\* 2^ is. More.^", "<p>1 * 2<sup>1</sup> is. More.<sup>2</sup></p>"],
    ["after a backslash that is no escape", "a\\b^ is.", "<p>a\\b<sup>1</sup> is.</p>"],
    [
      "after an entity",
      "R&amp;D^ is. &copy; A^ &#x1F389;^ b",
      "<p>R&amp;D<sup>1</sup> is. © A<sup>2</sup> 🎉<sup>3</sup> b</p>",
    ],
    ["after an ampersand that is no entity", "R&D; x^ is", "<p>R&amp;D; x<sup>1</sup> is</p>"],
    ["after an entity of an entity", "&amp;amp; x^ is", "<p>&amp;amp; x<sup>1</sup> is</p>"],
    [
      "in a list item with several lines",
      "- one\n  two^ three\n  four^\n- five^",
      "<ul><li>onetwo<sup>1</sup> threefour<sup>2</sup></li><li>five<sup>3</sup></li></ul>",
    ],
    [
      "in a quote with several lines",
      "> one\n>   two^ x\nlazy^ y",
      "<blockquote><p>onetwo<sup>1</sup> xlazy<sup>2</sup> y</p></blockquote>",
    ],
    ["after spaces at the end of a line", "one \ntwo^ x", "<p>onetwo<sup>1</sup> x</p>"],
    ["after a line break of Windows", "one\r\ntwo^ x", "<p>one\rtwo<sup>1</sup> x</p>"],
    [
      "behind a check box",
      "- [x] do^ne now",
      '<ul class="contains-task-list"><li class="task-list-item"><input type="checkbox" disabled="" checked=""/> do<sup>1</sup>ne now</li></ul>',
    ],
    [
      "after an address without marks",
      "See a@example.com now^ x",
      '<p>See <a href="mailto:a@example.com">a@example.com</a> now<sup>1</sup> x</p>',
    ],
    ["of the end of the text", "One.\n\nTwo.^", "<p>One.</p><p>Two.<sup>1</sup></p>"],
    ["between two paragraphs at the first one", "One.\n^\nTwo.", "<p>One.<sup>1</sup></p><p>Two.</p>"],
    ["of an empty text", "^", "<p><sup>1</sup></p>"],
  ])("puts a mark %s", (_, marked, expected) => {
    expect(withMarks(marked)).toBe(expected);
  });

  it("puts a mark into a cell of a table", () => {
    expect(withMarks("| a |\n|---|\n| b^ |")).toContain("<td>b<sup>1</sup></td>");
    expect(withMarks("| a |\n|---|\n| b \\| c^ |")).toContain("<td>b | c<sup>1</sup></td>");
  });

  it.each([
    [
      "a part of a paragraph",
      "One. ⟨Two.⟩ Three.",
      '<p>One. <span ranges="0" begins="0" ends="0">Two.</span> Three.</p>',
    ],
    [
      "across bold text",
      "⟨A **bold** word⟩ x",
      '<p><span ranges="0" begins="0">A </span><strong><span ranges="0">bold</span></strong><span ranges="0" ends="0"> word</span> x</p>',
    ],
    [
      "within each other",
      "⟨A ⟨40⟩ b⟩",
      '<p><span ranges="0" begins="0">A </span><span ranges="0 1" begins="1" ends="1">40</span><span ranges="0" ends="0"> b</span></p>',
    ],
    [
      "after escapes and entities",
      "1 \\* 2 &amp; ⟨\\$40⟩ b",
      '<p>1 * 2 &amp; <span ranges="0" begins="0" ends="0">$40</span> b</p>',
    ],
    [
      "in a list item with several lines",
      "- one\n  ⟨two\n  three⟩ x",
      '<ul><li>one<span ranges="0" begins="0" ends="0">twothree</span> x</li></ul>',
    ],
    [
      "with a link and code",
      "⟨a [b](https://example.com) `c`⟩",
      '<p><span ranges="0" begins="0">a </span><a href="https://example.com"><span ranges="0">b</span></a><span ranges="0"> </span><span ranges="0" ends="0"><code>c</code></span></p>',
    ],
  ])("wraps a range %s", (_, marked, expected) => {
    expect(withRanges(marked)).toBe(expected);
  });

  it("wraps a row of a table cell by cell", () => {
    const markup = withRanges("| a | b |\n|---|---|\n⟨| c | d |⟩");
    expect(markup).toContain(
      '<td><span ranges="0" begins="0">c</span></td><td><span ranges="0" ends="0">d</span></td>',
    );
  });
});
