/** From an empty page to a review in a file. */

import { readFileSync } from "node:fs";
import type { Download, Locator, Page } from "@playwright/test";
import { strFromU8, unzipSync } from "fflate";
import type { Api } from "./fixtures";
import { expect, test } from "./fixtures";

const HOUR_MS = 3_600_000;
const MOST_STEPS = 8;

/** Pull requests as `gh search prs --json` writes them, from today back through half a year. */
function pullRequests(count: number, authorOf: (index: number) => string) {
  return Array.from({ length: count }, (_, index) => {
    const number = count - index;
    const closedAt = new Date(Date.now() - index * 10 * HOUR_MS).toISOString();
    return {
      id: `PR_${number}`,
      number,
      title: `Make step ${number} of the checkout safe & fast`,
      body: `Step ${number} tries a failed payment again.`,
      url: `https://github.com/shop/checkout/pull/${number}`,
      author: { id: "U_1", is_bot: false, login: authorOf(index), type: "User", url: "" },
      repository: { name: "checkout", nameWithOwner: "shop/checkout" },
      state: "merged",
      isDraft: false,
      labels: [],
      createdAt: closedAt,
      updatedAt: closedAt,
      closedAt,
    };
  });
}

function fileOf(content: unknown) {
  return { name: "pulls.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(content)) };
}

test("an empty page leads to a review of six sections in two files, in a few steps", async ({ page, api, claude }) => {
  let steps = 0;
  const click = async (target: Locator) => {
    steps += 1;
    await target.click();
  };
  const scripts = scriptSizes(page);

  await page.goto("/");
  await page.waitForLoadState("networkidle");
  printSum("list without documents", scripts);
  await expect(page.getByRole("main")).not.toContainText(/cargo|terminal/);
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    click(page.getByRole("button", { name: "Choose a file" })),
  ]);
  await chooser.setFiles(fileOf(pullRequests(400, () => "sam-sample")));
  await expect(page.getByLabel("What the file would change")).toContainText("400 would be created");
  expect((await api.call("GET", "/api/evidence")).items).toEqual([]);
  await click(page.getByRole("button", { name: "Import 400" }));
  await page.getByRole("textbox", { name: "Your name" }).fill("Sam Sample");
  await click(page.getByRole("button", { name: "Create the document" }));

  await expect(page.getByRole("heading", { level: 2 })).toHaveCount(6);
  const id = page.url().split("/").at(-1) ?? "";
  await scriptSections(api, claude, id);
  await click(page.getByRole("button", { name: "Draft everything" }));
  await expect(page.getByRole("group", { name: "What this text rests on" })).toHaveCount(6);
  await expect.poll(() => writtenBlocks(api, id)).toBe(12);

  await page.waitForLoadState("networkidle");
  printSum("list, new review and document, before an export", scripts);
  expect([...scripts.keys()].filter((name) => /docx|print/.test(name))).toEqual([]);
  await click(page.getByRole("button", { name: "Export" }));
  const docx = await downloaded(page, () => click(page.getByRole("menuitem", { name: "Download .docx" })));
  const md = await downloaded(page, () => click(page.getByRole("menuitem", { name: "Download .md" })));
  expect(steps).toBeLessThanOrEqual(MOST_STEPS);
  console.log(`  ${steps} steps from the empty page to both files`);
  expect([...scripts.keys()].filter((name) => /docx/.test(name))).toHaveLength(1);

  expect([docx.suggestedFilename(), md.suggestedFilename()].map((name) => name.replace(/\d{4}/, "YYYY"))).toEqual([
    expect.stringMatching(/^Self review, (first|second) half of YYYY\.docx$/),
    expect.stringMatching(/^Self review, (first|second) half of YYYY\.md$/),
  ]);
  const written = markdownParts(readFileSync(await md.path(), "utf8"));
  expect(written.paragraphs.filter(({ style }) => style === "Heading2")).toHaveLength(6);
  expect(written.paragraphs.filter(({ style }) => style === "Heading3")).toHaveLength(6);
  expect(written.notes).toHaveLength(6);
  expect(wordParts(await docx.path())).toEqual(written);
});

test("the document has the period, the person and the sections that were chosen", async ({ page, api }) => {
  const lastYear = new Date().getFullYear() - 1;
  await api.evidence({ title: "Old work", occurredAt: `${lastYear}-05-01T10:00:00Z` });
  await page.goto("/new");
  await page.getByRole("button", { name: "Continue without a file" }).click();
  await expect(page.getByRole("heading", { name: "Your review" })).toBeFocused();
  await page.getByRole("radio", { name: "Peer review" }).check();
  await page.getByRole("button", { name: "This year" }).click();
  await expect(page.getByText("No evidence lies in this period yet.")).toBeVisible();
  await page.getByRole("button", { name: "Last year" }).click();
  await expect(page.getByText("1 piece of evidence lies in this period.")).toBeVisible();
  await page.getByRole("textbox", { name: "Name of the person" }).fill("Robin");
  await page.getByRole("textbox", { name: "Longest answer" }).fill("1500");
  await page.getByRole("button", { name: "Create the document" }).dblclick();
  await expect(page.getByText("On what did Robin and I work together in this period?")).toBeVisible();

  // The button was clicked twice.
  expect((await api.call("GET", "/api/report-builder")).documents).toHaveLength(1);
  const document = await api.call("GET", `/api/report-builder/${page.url().split("/").at(-1)}`);
  expect(document).toMatchObject({
    name: `Peer review of Robin, ${lastYear}`,
    perspective: "PEER",
    personName: "Robin",
    timeZone: await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone),
    contextConfig: { evidenceDateRange: { start: `${lastYear}-01-01`, end: `${lastYear}-12-31` } },
  });
  expect(document.blocks).toHaveLength(12);
  expect(document.blocks[1]).toMatchObject({ type: "PROMPT_RESPONSE", maxCharacters: 1500 });

  await page.getByRole("button", { name: /^Actions for/ }).click();
  await page.getByRole("menuitem", { name: "Edit details" }).click();
  const form = page.getByRole("dialog");
  await form.getByRole("textbox", { name: "Person" }).fill("Robin Placeholder");
  await form.getByRole("combobox", { name: "Written by" }).click();
  await form.getByRole("option", { name: "The manager of the person" }).click();
  await form.getByLabel("Time zone").fill("Europe/Berlin");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toBeHidden();
  expect(await api.call("GET", `/api/report-builder/${document.id}`)).toMatchObject({
    perspective: "MANAGER",
    personName: "Robin Placeholder",
    timeZone: "Europe/Berlin",
  });
});

test("a file with work of several people asks whose work it is", async ({ page, api }) => {
  await page.goto("/");
  const pulls = pullRequests(3, (index) => (index === 0 ? "robin" : "sam-sample"));
  await page.locator("input[type=file]").setInputFiles(fileOf(pulls));
  const name = page.getByLabel("Whose work is it?");
  await expect(name).toBeFocused();
  await expect(page.getByText("sam-sample or robin")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Import/ })).toHaveCount(0);
  await name.fill("Robin");
  await name.press("Enter");
  await page.getByRole("button", { name: "Import 3" }).click();
  await expect(page.getByRole("heading", { name: "Your review" })).toBeVisible();
  const { items } = await api.call("GET", "/api/evidence");
  const types = items.map(({ type }: { type: string }) => type).sort();
  expect(types).toEqual(["PR_AUTHORED", "PR_REVIEWED", "PR_REVIEWED"]);
});

/** The compressed bytes of each script that the page loads. */
function scriptSizes(page: Page): Map<string, number> {
  const sizes = new Map<string, number>();
  page.on("requestfinished", async (request) => {
    const name = new URL(request.url()).pathname.split("/").at(-1) ?? "";
    if (name.endsWith(".js")) sizes.set(name, (await request.sizes()).responseBodySize);
  });
  return sizes;
}

function printSum(pages: string, sizes: Map<string, number>) {
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  console.log(`  ${(bytes / 1000).toFixed(0)} kB of JavaScript: ${pages}`);
}

/** Scripts the answers for all sections. Each cites another pull request. */
async function scriptSections(api: Api, claude: { when: (mark: string, steps: never[]) => void }, id: string) {
  const { blocks } = await api.call("GET", `/api/report-builder/${id}`);
  const prompts = blocks.flatMap(({ prompt }: { prompt: string | null }) => prompt ?? []);
  prompts.forEach((prompt: string, index: number) => {
    claude.when(prompt, [
      {
        text: `In part ${index + 1} I made the checkout **safe**`,
        cites: { document: 0, start: index, end: index + 1 },
      },
      { text: ".\n\n- First, I looked for `errors`.\n- Then I *fixed* them.\n" },
    ] as never[]);
  });
}

/** Number of blocks with content, headings included. */
async function writtenBlocks(api: Api, id: string): Promise<number> {
  const document = await api.call("GET", `/api/report-builder/${id}`);
  return document.blocks.filter(({ content }: { content: string | null }) => content !== null).length;
}

async function downloaded(page: Page, click: () => Promise<void>): Promise<Download> {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return download;
}

interface Parts {
  paragraphs: { style: string; text: string }[];
  notes: string[];
}

/** What a Markdown file says, without its marks. */
function markdownParts(markdown: string): Parts {
  const parts: Parts = { paragraphs: [], notes: [] };
  for (const line of markdown.split("\n").filter((line) => line.trim() !== "")) {
    const [, marks = "", rest = ""] = /^(#{1,6} |- |\[\^\w+\]: )?(.*)$/.exec(line) ?? [];
    const text = rest
      .replace(/\[\^\w+\]/g, "")
      .replace(/(?<!\\)\[(.*?)\]\(.*?\)/g, "$1")
      .replace(/(?<!\\)[*`]/g, "")
      .replace(/\\(.)/g, "$1")
      .trim();
    if (marks.startsWith("[^")) parts.notes.push(text);
    else parts.paragraphs.push({ style: marks.startsWith("#") ? `Heading${marks.trim().length}` : "", text });
  }
  return parts;
}

/** What a file of Word says. */
function wordParts(path: string): Parts {
  const files = unzipSync(readFileSync(path));
  const paragraphsOf = (name: string) =>
    [...strFromU8(files[name] ?? new Uint8Array()).matchAll(/<w:p>.*?<\/w:p>/gs)].map(([paragraph]) => ({
      style: /<w:pStyle w:val="(Heading\d|FootnoteText)"/.exec(paragraph)?.[1] ?? "",
      text: [...paragraph.matchAll(/<w:t(?: [^>]*)?>([^<]*)</g)]
        .map(([, text = ""]) => text)
        .join("")
        .replaceAll("&lt;", "<")
        .replaceAll("&gt;", ">")
        .replaceAll("&quot;", '"')
        .replaceAll("&apos;", "'")
        .replaceAll("&amp;", "&")
        .trim(),
    }));
  const notes = paragraphsOf("word/footnotes.xml").filter(({ style }) => style === "FootnoteText");
  return { paragraphs: paragraphsOf("word/document.xml"), notes: notes.map(({ text }) => text) };
}
