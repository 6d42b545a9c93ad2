/** The hostile texts of `local/tests/hostile-texts.json`, and what no page may do with them. */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, type Page } from "@playwright/test";
import type { Api } from "./fixtures";

interface HostileTexts {
  hosts: string[];
  /** Words before and after a shape. */
  around: [string, string][];
  /** `HOST` stands for one of the hosts. */
  shapes: string[];
}

const FILE = join(dirname(fileURLToPath(import.meta.url)), "../../local/tests/hostile-texts.json");

export const HOSTILE: HostileTexts = JSON.parse(readFileSync(FILE, "utf8"));

/** Every shape with every host, between these words. */
export function hostileTexts([before, after]: [string, string]): string[] {
  const shapes = HOSTILE.hosts.flatMap((host) => HOSTILE.shapes.map((shape) => shape.replaceAll("HOST", host)));
  return shapes.map((shape) => `${before}${shape}${after}`);
}

/** The host of the evidence that {@link addEvidence} adds. */
export const CITED = "git.example.com";

/** Adds evidence whose texts are hostile. */
export function addEvidence(api: Api, texts: readonly string[]): Promise<void> {
  const evidence = texts.map((text, index) => ({
    title: text,
    summary: text,
    repo: text.split("\n")[0],
    url: `https://${CITED}/pull/${index}`,
  }));
  return api.evidence(...evidence);
}

/** The number of jobs of a document that have ended, at most 100. */
export async function endedJobs(api: Api, documentId: string): Promise<number> {
  const query = `documentId=${documentId}&status=COMPLETED&status=FAILED&limit=100`;
  return (await api.call("GET", `/api/report-builder/jobs?${query}`)).jobs.length;
}

/** Draws the paper of a document. */
export async function print(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.print = () => {};
  });
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "Print" }).click();
  await expect(page.locator("[class*=_paper_]")).toHaveCount(1);
}

/** Collects what a page asks of other hosts, what its policy stops, and the dialogs that a script opens. */
export function watch(page: Page): string[] {
  const seen: string[] = [];
  page.on("request", (request) => {
    if (!/^(http:\/\/127\.0\.0\.1:|data:|blob:http:\/\/127\.0\.0\.1:)/.test(request.url())) seen.push(request.url());
  });
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) seen.push(message.text());
  });
  page.on("dialog", (dialog) => {
    seen.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return seen;
}

/**
 * Lists what a hostile text has put into the page.
 *
 * @param hosts to which links may lead, or null if the text is the user's own and may lead anywhere.
 */
export function harmIn(page: Page, hosts: readonly string[] | null): Promise<string[]> {
  return page.evaluate(harmInDocument, hosts);
}

/** Runs in the page, so it uses nothing outside. */
function harmInDocument(hosts: readonly string[] | null): string[] {
  // What the page itself does not use, or uses only for itself.
  const foreign =
    "img:not([src='/favicon.svg']), picture, iframe, frame, object, embed, video, audio, base, form[action], meta[http-equiv], b, i";
  const ofMarkdown = new Set(
    "a bdi blockquote br button code del em h1 h2 h3 h4 h5 h6 hr input li ol p pre section span strong sup svg path"
      .concat(" table tbody td th thead tr ul")
      .split(" "),
  );
  // Controls but tab and line break, format characters, and what Unicode calls ignorable.
  const invisible = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;
  const harm: string[] = [];
  const say = (what: string, element: Element) => {
    const codes = (text: string) => text.replace(/[^ -~]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`);
    harm.push(codes(`${what}: ${element.outerHTML.slice(0, 300)}`));
  };

  for (const element of document.querySelectorAll(foreign)) say("an element of a text", element);
  for (const element of document.querySelectorAll("script, style, link")) {
    const source = element.getAttribute("src") ?? element.getAttribute("href");
    const isOwn = source !== null && new URL(source, location.href).origin === location.origin;
    if (!isOwn && !document.head.contains(element) && !element.hasAttribute("data-mantine-styles")) {
      say("an element of a text", element);
    }
  }
  // Drawn Markdown: the answers, the user's texts, and the paper.
  for (const element of document.querySelectorAll("[class*=_markdown_] *, [class*=_paper_] *")) {
    const name = element.tagName.toLowerCase();
    const isOwn =
      (name === "div" && (element.matches("[role=group], [class*=_plain_]") || element.closest("[role=dialog]"))) ||
      (name === "mark" && element.hasAttribute("data-passage"));
    if (!ofMarkdown.has(name) && !isOwn) say("no element of Markdown", element);
  }
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || (name === "style" && value.includes("url("))) say(name, element);
      if (invisible.test(value)) say(`${name} has invisible characters`, element);
      if (!["src", "srcset", "href", "xlink:href", "action", "formaction", "poster", "data", "ping"].includes(name))
        continue;
      const target = new URL(value, location.href);
      if (target.origin === location.origin) continue;
      const isLink = element.tagName === "A" && ["http:", "https:", "mailto:"].includes(target.protocol);
      if (!isLink) say(name, element);
      else if (hosts === null) {
        const named = target.protocol === "mailto:" ? target.pathname : target.host;
        const isOnPaper = element.closest("[class*=_paper_]") !== null;
        if (!isOnPaper && !element.textContent?.includes(named)) say("a link that hides its host", element);
      } else if (!hosts.includes(target.host)) say("a link to another host", element);
    }
    if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
      if (invisible.test(element.value)) say("a field with invisible characters", element);
    }
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode as Text;
    if (parentElement && invisible.test(data)) say("invisible characters", parentElement);
  }
  // A footnote of a text is no source of the service. On the screen, sources are buttons.
  for (const mark of document.querySelectorAll("[class*=_markdown_] sup")) {
    if (!mark.querySelector("button")) say("a forged footnote", mark);
  }
  for (const id of document.querySelectorAll("[id^=user-content-]")) {
    if (!id.closest("[class*=_paper_]")) say("a forged footnote", id);
  }
  return harm;
}
