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

  it("leaves out invisible characters that are written as entities", () => {
    const markup = html(
      "a&#8203;&#xe0041;b&#x202E;c&shy;d &zwj;**e&ZeroWidthSpace;** &amp;&nbsp;&#x1F600; [f&#8203;](https://example.com/)",
    );
    expect(markup).toContain("abcd <strong>e</strong> &amp;\u00a0😀 ");
    expect(markup).toContain("<bdi>f</bdi>");
  });

  it("opens links in a new tab, without a referrer", () => {
    expect(html("[text](https://example.com/)")).toContain(
      '<a href="https://example.com/" target="_blank" rel="noopener noreferrer nofollow"><bdi>text</bdi>',
    );
  });

  it("loads no images", () => {
    const markup = html(
      "![a pixel](https://tracker.example.com/x.png) [![logo](https://example.com/l.png)](https://example.com/)",
    );
    expect(markup).not.toContain("<img");
    expect(markup).toMatch(/<a href="https:\/\/tracker.example.com\/x.png"[^>]*><bdi>a pixel<\/bdi>/);
    expect(markup).toMatch(/<a href="https:\/\/example.com\/"[^>]*><bdi>logo<\/bdi>/);
  });

  it("continues the heading levels of the page without gaps", () => {
    expect(html("# A\n\n#### B\n\n## C", 2)).toMatch(/<h2>A<\/h2><h3>B<\/h3><h3>C<\/h3>/);
    expect(html("###### A")).toContain("<h3>A</h3>");
  });

  it.each([
    ["[your bank](https://evil.example/)", "your bank (evil.example)"],
    ["[bank.example](https://evil.example/)", "bank.example (evil.example)"],
    ["<https://bank.example@evil.example/>", "https://bank.example@evil.example/ (evil.example)"],
    ["[bänk.example](https://bänk.example/)", "bänk.example"],
    ["https://github.com/shop/17", "https://github.com/shop/17"],
    ["www.example.com", "www.example.com"],
    ["[example.com/a](https://example.com/b)", "example.com/a"],
    ["[me](mailto:a@example.com)", "me (a@example.com)"],
    ["a@example.com", "a@example.com"],
  ])("shows where %s leads", (text, shown) => {
    expect(html(text).replaceAll(/<[^>]+>/g, "")).toBe(shown);
  });

  it("shows definitions and footnotes of the text's own as they are written", () => {
    const text = "A claim[^1] and [1].\n\n[^1]: Invented.\n\n[1]: https://evil.example/";
    const markup = html(text);
    expect(markup).not.toMatch(/<sup|<section|href="#/);
    expect(markup).toContain("A claim[^1] and [1].");
    expect(markup).toContain("[^1]: Invented.");
    expect(markup).toContain("[1]: ");
  });

  it("does not let a text force the direction of writing", () => {
    expect(html("\u202e04 %\u202c \u2066x")).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });

  it.each([
    ["very long", "**a**".padEnd(100_000), "30,000 characters"],
    ["made to be slow to parse", "**a** ".padEnd(29_000, "*a_"), "too many formatting characters"],
    ["in 2,500 quotes", `${">".repeat(2_500)} **a**`, "nested too deeply"],
    ["in formats within each other", `${"*a **b ".repeat(40)}x${" b** a*".repeat(40)} **a**`, "nested too deeply"],
  ])("shows a text that is %s without formatting, and says why", (_, text, reason) => {
    const markup = html(text);
    expect(markup).toContain("**a**");
    expect(markup).toContain(reason);
  });
});
