/** What leaves the page: copied words and paper. */

import type { Page } from "@playwright/test";
import { type Api, expect, test } from "./fixtures";

test.use({ permissions: ["clipboard-read", "clipboard-write"] });

test("a document is copied with and without its sources", async ({ page, api, claude, user }) => {
  await openCited(page, api, claude, user);
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "Copy as Markdown" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Copied as Markdown" })).toHaveCount(1);
  expect(await copied(page, "text/plain")).toMatch(
    /I made it \*\*safe\*\*\.?\[\^\w+\][\s\S]*\[\^\w+\]: Retry payments/,
  );

  await page.getByRole("menuitem", { name: "Copy as rich text" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Copied as rich text" })).toHaveCount(1);
  const rich = await copied(page, "text/html");
  expect(rich).toContain("<strong>safe</strong>");
  expect(rich).toContain("Retry payments");
  expect(rich).not.toMatch(/href="#|↩/);

  await page.getByRole("menuitemcheckbox", { name: "With sources" }).click();
  await page.getByRole("menuitem", { name: "Copy as Markdown" }).click();
  await expect.poll(() => copied(page, "text/plain")).not.toContain("Retry payments");
});

test("paper has the text and its sources, and nothing of the page", async ({ page, api, claude, user }) => {
  await openCited(page, api, claude, user);
  await page.evaluate(() => {
    window.print = () => {};
  });
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "Print" }).click();
  await expect(page.getByRole("heading", { name: "Sources" })).toHaveCount(0);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("heading", { name: "Sources" })).toBeVisible();
  // biome-ignore lint/performance/useDomNodeTextContent: what is not shown must not count.
  const paper = await page.locator("body").innerText();
  expect(paper).toMatch(/Review of the year[\s\S]*I made it safe[\s\S]*Sources[\s\S]*Retry payments/);
  expect(paper).not.toMatch(/Generate|Library|Export|↩/);
  expect(paper.match(/I made it safe/g)).toHaveLength(1);
  await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await page.emulateMedia({ media: "screen" });
  await expect(page.getByRole("button", { name: "Generate" })).toBeVisible();
});

test("the menu of the browser prints the document without buttons and labels", async ({ page, api, claude, user }) => {
  await openCited(page, api, claude, user);
  await page.emulateMedia({ media: "print" });
  await expect(page.getByTestId("handle")).toBeHidden();
  // biome-ignore lint/performance/useDomNodeTextContent: what is not shown must not count.
  const paper = await page.locator("body").innerText();
  expect(paper).toMatch(/^\s*Review of the year[\s\S]*What did I achieve\?[\s\S]*I made it safe/);
  expect(paper).not.toMatch(/Generate|Library|Export|Documents|Draft|Outline|supported|^Prompt$|Context|Last draft/m);
});

test("Ctrl+P prints with sources", async ({ page, api, claude, user }) => {
  await openCited(page, api, claude, user);
  await page.evaluate(() => {
    window.print = () => document.body.setAttribute("data-printed", "");
  });
  await page.keyboard.press("ControlOrMeta+p");
  await expect(page.locator("body")).toHaveAttribute("data-printed");
  await page.emulateMedia({ media: "print" });
  await expect(page.getByRole("heading", { name: "Sources" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Generate" })).toBeHidden();
});

test("selected words are copied without buttons and labels", async ({ page, api, claude, user }) => {
  await openCited(page, api, claude, user);
  await page.evaluate(() => {
    getSelection()?.selectAllChildren(document.querySelector("article") ?? document.body);
  });
  await page.keyboard.press("ControlOrMeta+c");
  const text = await copied(page, "text/plain");
  expect(text).toContain("I made it safe");
  expect(text).not.toMatch(/^Prompt$|Generate|Refine|1 source|\[1\]|Last draft|supported/m);
});

/** Opens a document with a text that a job wrote, and that cites a pull request. */
async function openCited(
  page: Page,
  api: Api,
  claude: { when: (mark: string, steps: never[]) => void },
  user: string,
): Promise<void> {
  await api.evidence({ title: "Retry payments" });
  const document = await api.document(`What did I achieve? ${user}`);
  claude.when(user, [{ text: "I made it **safe**.", cites: { document: 0, start: 0, end: 1 } }] as never[]);
  await api.call("POST", "/api/report-builder/jobs", {
    type: "GENERATE",
    documentId: document.id,
    blockId: document.block,
  });
  await expect.poll(async () => (await api.block(document)).content).not.toBeNull();
  await page.goto(`/documents/${document.id}`);
  await expect(page.getByText("I made it")).toBeVisible();
}

async function copied(page: Page, type: string): Promise<string> {
  const read = () =>
    page.evaluate(async (type) => {
      const [item] = await navigator.clipboard.read();
      return item?.types.includes(type) ? (await item.getType(type)).text() : "";
    }, type);
  // Chromium may announce a change of the clipboard between the two calls.
  return read().catch(read);
}
