import { MantineProvider } from "@mantine/core";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { Markdown } from "./markdown";

function html(text: string, headingLevel: 2 | 3 = 3): string {
  const markup = renderToStaticMarkup(
    <MantineProvider withCssVariables={false} withGlobalClasses={false}>
      <Markdown text={text} headingLevel={headingLevel} />
    </MantineProvider>,
  );
  return markup.replaceAll("\n", "");
}

describe("Markdown", () => {
  it("shows HTML as text", () => {
    const markup = html("<script>alert(1)</script>\n\nA <img src=x onerror=alert(1)> b");
    expect(markup).not.toMatch(/<script|<img/);
    expect(markup).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });

  it.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "//example.com",
    "/api/evidence",
    "vbscript:x",
  ])("does not link to %s", (address) => {
    expect(html(`[text](${address})`)).not.toContain("href");
  });

  it("opens links in a new tab, without a referrer", () => {
    expect(html("[text](https://example.com/)")).toContain(
      '<a href="https://example.com/" target="_blank" rel="noopener noreferrer nofollow">text</a>',
    );
  });

  it("loads no images", () => {
    const markup = html(
      "![a pixel](https://tracker.example.com/x.png) [![logo](https://example.com/l.png)](https://example.com/)",
    );
    expect(markup).not.toContain("<img");
    expect(markup).toMatch(/<a href="https:\/\/tracker.example.com\/x.png"[^>]*>a pixel<\/a>/);
    expect(markup).toMatch(/<a href="https:\/\/example.com\/"[^>]*>logo<\/a>/);
  });

  it("continues the heading levels of the page without gaps", () => {
    expect(html("# A\n\n#### B\n\n## C", 2)).toMatch(/<h2>A<\/h2><h3>B<\/h3><h3>C<\/h3>/);
    expect(html("###### A")).toContain("<h3>A</h3>");
  });

  it.each([
    ["very long", "**a**".padEnd(100_000)],
    ["made to be slow to parse", "**a** ".padEnd(29_000, "*a_")],
  ])("shows a text that is %s without formatting", (_, text) => {
    expect(html(text)).toContain("**a**");
  });
});
