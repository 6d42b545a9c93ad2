/** HTML and scripts in stored text are shown as text and never run. */

import { expect, test } from "./fixtures";

const HOSTILE = [
  "<script>window.harmed = true</script>",
  '<img src=x onerror="window.harmed = true">',
  "[a link](javascript:window.harmed=true)",
  "![an image](https://example.com/spy.png)",
  '<svg onload="window.harmed = true"></svg>',
].join("\n\n");

test("scripts, images and links in evidence, prompts and answers do nothing", async ({ page, api, claude, user }) => {
  const violations: string[] = [];
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) violations.push(message.text());
  });
  const elsewhere: string[] = [];
  page.on("request", (request) => {
    if (!request.url().startsWith("http://127.0.0.1")) elsewhere.push(request.url());
  });
  page.on("dialog", (dialog) => dialog.dismiss());

  await api.evidence({ title: HOSTILE.slice(0, 400), summary: HOSTILE, url: "https://example.com/1" });
  const document = await api.document(`${HOSTILE} ${user}`, undefined, { name: HOSTILE.slice(0, 400) });
  claude.when(user, [{ text: HOSTILE, cites: { document: 0, start: 0, end: 1 } }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await page.getByRole("button", { name: "Source 1" }).click();
  await expect(page.getByText("<script>window.harmed = true</script>").first()).toBeVisible();
  for (const address of ["/", "/library", "/jobs"]) {
    await page.goto(address);
    await expect(page.getByRole("main")).toContainText(address === "/jobs" ? "Generate" : "<script>");
  }
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "History" }).click();
  // The history shows the Markdown of a text.
  await expect(page.getByRole("dialog")).toContainText("&lt;img src=x");
  expect(await page.evaluate(() => "harmed" in window)).toBe(false);
  expect(await page.locator("a[href^='javascript:'], main img, [role=dialog] img").count()).toBe(0);
  expect(elsewhere).toEqual([]);
  expect(violations).toEqual([]);
});

test("a hundred kilobytes of text are shown, edited and compared", async ({ page, api }) => {
  const text = Array.from({ length: 1_000 }, (_, line) => `Line ${line}: ${"word ".repeat(19)}`).join("\n\n");
  expect(text.length).toBeGreaterThan(100_000);
  const document = await api.document("What did I achieve?", text);
  await page.goto(`/documents/${document.id}`);
  await expect(page.getByText("Line 999:")).toBeVisible();
  await page.getByRole("button", { name: /^Edit:/ }).click();
  await page.getByRole("textbox", { name: "Content" }).fill(`${text} And one more.`);
  await page.getByRole("button", { name: "Save" }).click();
  await expect.poll(async () => (await api.block(document)).content.endsWith("And one more.")).toBe(true);
  await page.getByRole("button", { name: "History" }).click();
  await expect(page.getByRole("dialog").locator("ins").filter({ hasText: "one" }).first()).toBeVisible();
});
