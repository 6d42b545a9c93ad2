import { renderToStaticMarkup } from "react-dom/server";
import ReactMarkdown from "react-markdown";
import remarkGfm from "remark-gfm";
import { describe, expect, it } from "vitest";
import { remarkFootnotes } from "./remark-footnotes";

/** Renders a text in which each `^` is a mark. Removes the property with the footnote number from the HTML. */
function html(marked: string): string {
  const parts = marked.split("^");
  let index = 0;
  const marks = parts.slice(0, -1).map((part, before) => {
    index += part.length;
    return { index, number: before + 1 };
  });
  const plugins = [remarkGfm, remarkFootnotes(marks)];
  const markup = renderToStaticMarkup(<ReactMarkdown remarkPlugins={plugins}>{parts.join("")}</ReactMarkdown>);
  return markup.replaceAll(/ data-footnote="\d+"/g, "").replaceAll("\n", "");
}

describe("remarkFootnotes", () => {
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
    ["after a text with escapes", "1 \\* 2^ is", "<p>1 * 2 is<sup>1</sup></p>"],
  ])("puts a mark %s", (_, marked, expected) => {
    expect(html(marked)).toBe(expected);
  });

  it("puts a mark into a cell of a table", () => {
    expect(html("| a |\n|---|\n| b^ |")).toContain("<td>b<sup>1</sup></td>");
  });
});
