/** The blocks of a document are inserted, moved, folded and found. */

import type { Page } from "@playwright/test";
import { type Api, expect, test } from "./fixtures";

const PARTS = ["Results", "Teamwork", "Next year"];

/** A document with three sections of a heading and a text. */
async function threeSections(api: Api): Promise<string> {
  const { id } = await api.call("POST", "/api/report-builder", { name: "Review of the year" });
  for (const part of PARTS) {
    await api.call("POST", `/api/report-builder/${id}/blocks`, { type: "HEADING", content: part });
    await api.call("POST", `/api/report-builder/${id}/blocks`, { type: "TEXT", content: `Text about ${part}.` });
  }
  return id;
}

async function contentsOf(api: Api, id: string): Promise<string[]> {
  const { blocks } = await api.call("GET", `/api/report-builder/${id}`);
  return blocks.map(({ content }: { content: string | null }) => content?.replace("Text about ", "") ?? "(new)");
}

const block = (page: Page, words: string) => page.locator("article").filter({ hasText: words });

test("a block is inserted between two others, by keyboard", async ({ page, api }) => {
  const id = await threeSections(api);
  await page.goto(`/documents/${id}`);
  const gap = page.getByRole("group", { name: "Between block 2 and block 3" });
  const add = gap.getByRole("button", { name: "Add a block here" });
  await add.focus();
  await expect(add).toHaveCSS("opacity", "1");
  await page.keyboard.press("Enter");
  await expect(gap.getByRole("button", { name: "Add prompt" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(gap.getByRole("button", { name: "Add prompt" })).toBeHidden();
  await expect(add).toBeFocused();
  await page.keyboard.press("Enter");
  await gap.getByRole("button", { name: "Add text" }).press("Enter");
  await expect(page.getByRole("textbox", { name: "Text" })).toBeFocused();
  await page.keyboard.type("In between.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("article").nth(2)).toContainText("In between.");
  expect(await contentsOf(api, id)).toEqual([
    "Results",
    "Results.",
    "In between.",
    "Teamwork",
    "Teamwork.",
    "Next year",
    "Next year.",
  ]);
});

test("a block is dragged to another place, and Escape ends a drag", async ({ page, api }) => {
  const id = await threeSections(api);
  await page.goto(`/documents/${id}`);
  const handle = await block(page, "Text about Next year.").getByTestId("handle").boundingBox();
  const target = await block(page, "Text about Results.").boundingBox();
  if (!handle || !target) throw new Error("The blocks are not drawn.");
  const grab = async () => {
    await page.mouse.move(handle.x + 5, handle.y + 5);
    await page.mouse.down();
    await page.mouse.move(target.x + 50, target.y + 2, { steps: 5 });
    await expect(block(page, "Text about Results.")).toHaveAttribute("data-drag", "before");
  };
  await grab();
  await page.keyboard.press("Escape");
  await page.mouse.up();
  await expect(block(page, "Text about Results.")).not.toHaveAttribute("data-drag");
  await grab();
  await page.mouse.up();
  await expect(page.getByRole("article").nth(1)).toContainText("Text about Next year.");
  await expect
    .poll(() => contentsOf(api, id))
    .toEqual(["Results", "Next year.", "Results.", "Teamwork", "Teamwork.", "Next year"]);
});

test("a block is moved by keyboard, also many times in a row, and keeps the focus", async ({ page, api }) => {
  const id = await threeSections(api);
  await page.goto(`/documents/${id}`);
  const down = block(page, "Text about Results.").getByRole("button", { name: "Move down" });
  await down.focus();
  for (const _ of PARTS) await page.keyboard.press("Enter");
  await expect(down).toBeFocused();
  await expect
    .poll(() => contentsOf(api, id))
    .toEqual(["Results", "Teamwork", "Teamwork.", "Next year", "Results.", "Next year."]);
  await expect(page.getByRole("article").nth(4)).toContainText("Text about Results.");
});

test("the outline leads to a section, and a section folds", async ({ page, api }) => {
  const id = await threeSections(api);
  await page.goto(`/documents/${id}`);
  const fold = page.getByRole("button", { name: "Section Teamwork" });
  await expect(fold).toHaveAttribute("aria-expanded", "true");
  await fold.press("Enter");
  await expect(fold).toHaveAttribute("aria-expanded", "false");
  await expect(fold).toBeFocused();
  await expect(block(page, "Text about Teamwork.")).toBeHidden();
  await expect(page.getByText("1 block hidden")).toBeVisible();
  await expect(block(page, "Text about Results.")).toBeVisible();

  const outline = page.getByRole("navigation", { name: "Outline" });
  await outline.getByText("Outline").click();
  await expect(outline.getByRole("link")).toHaveText(PARTS);
  await outline.getByRole("link", { name: "Next year" }).press("Enter");
  await expect(block(page, "Next year").first()).toBeFocused();
  await expect(block(page, "Next year").first()).toBeInViewport();

  // A block that moves into a folded section opens it, and so does an address.
  await page.getByRole("article").nth(4).getByRole("button", { name: "Move up" }).click();
  await expect(block(page, "Text about Teamwork.")).toBeVisible();
  await fold.click();
  const hidden = block(page, "Text about Teamwork.");
  await expect(hidden).toBeHidden();
  const blockId = await hidden.getAttribute("id");
  await page.evaluate((hash) => {
    window.location.hash = hash;
  }, blockId ?? "");
  await expect(hidden).toBeVisible();
  await expect(hidden).toBeFocused();
});

test("a folded section stays folded after a reload", async ({ page, api }) => {
  const id = await threeSections(api);
  await page.goto(`/documents/${id}`);
  await page.getByRole("button", { name: "Section Teamwork" }).click();
  await page.reload();
  await expect(block(page, "Text about Results.")).toBeVisible();
  await expect(block(page, "Text about Teamwork.")).toBeHidden();
});

test("a new heading that gets no words goes away again", async ({ page, api }) => {
  const id = await threeSections(api);
  await page.goto(`/documents/${id}`);
  const heading = page.getByRole("textbox", { name: "Heading" });
  for (const leave of ["Discard", "Save", "Escape"]) {
    await page.getByRole("button", { name: "Add heading" }).click();
    await expect(heading).toBeFocused();
    if (leave === "Escape") {
      await page.keyboard.type("Not this");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
    } else await page.getByRole("button", { name: leave }).click();
    await expect(page.getByRole("article")).toHaveCount(6);
    await expect(page.getByText("Untitled heading")).toHaveCount(0);
    expect(await contentsOf(api, id)).toHaveLength(6);
  }
  await page.getByRole("button", { name: "Add heading" }).click();
  await heading.fill("Goals");
  await heading.press("Enter");
  await expect(page.getByRole("heading", { name: "Goals" })).toBeVisible();
});

test("the buttons of a block name it", async ({ page, api }) => {
  const document = await api.document("What did I achieve?");
  await api.call("POST", `/api/report-builder/${document.id}/blocks`, { type: "PROMPT_RESPONSE" });
  await page.goto(`/documents/${document.id}`);
  for (const label of ["Edit", "History", "More", "Generate", "Refine", "Analyze", "Move down"]) {
    await expect(page.getByRole("button", { name: `${label}: What did I achieve?`, exact: true })).toBeVisible();
  }
  await expect(page.getByRole("button", { name: "Generate: block 2", exact: true })).toBeVisible();
});

test("a text that is too long says so before it is sent", async ({ page, api }) => {
  const document = await api.document("What did I achieve?");
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: /^Edit/ }).click();
  const content = page.getByRole("textbox", { name: "Content" });
  await content.fill("x".repeat(262_144));
  const tooLong = page.getByRole("alert").filter({ hasText: "The text is too long to be saved" });
  await expect(tooLong).toContainText(/Move a part of it to another block: at least \d\d of its characters/);
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  await content.fill("x".repeat(262_000));
  await expect(tooLong).toHaveCount(0);
  await page.getByRole("button", { name: "Save" }).click();
  await expect.poll(async () => (await api.block(document)).content?.length).toBe(262_000);
});

test("the longest answer of a block can be changed and removed", async ({ page, api }) => {
  const document = await api.document("What did I achieve?", "Before.");
  await page.goto(`/documents/${document.id}`);
  for (const [typed, stored] of [
    ["1500", 1500],
    ["", null],
  ] as const) {
    await page.getByRole("button", { name: /^Edit:/ }).click();
    const limit = page.getByRole("spinbutton", { name: "Longest answer" });
    await limit.fill(typed);
    await page.getByRole("button", { name: "Save" }).click();
    await expect(limit).toHaveCount(0);
    expect(await api.block(document)).toMatchObject({ maxCharacters: stored, content: "Before." });
  }
  await page.getByRole("button", { name: /^Edit:/ }).click();
  await page.getByRole("spinbutton", { name: "Longest answer" }).fill("5");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("spinbutton", { name: "Longest answer" })).toBeFocused();
  expect((await api.block(document)).maxCharacters).toBeNull();
});

test("a task opens the editor with its words selected", async ({ page, api }) => {
  const text = "I made the checkout reliable.\r\n\r\nSales rose by [To add: the share of the growth].";
  const document = await api.document("What did I achieve?", text);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "the share of the growth" }).click();
  const content = page.getByRole("textbox", { name: "Content" });
  await expect(content).toBeFocused();
  const selected = await content.evaluate((field: HTMLTextAreaElement) =>
    field.value.slice(field.selectionStart, field.selectionEnd),
  );
  expect(selected).toBe("[To add: the share of the growth]");
  await page.keyboard.type("a fifth");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Sales rose by a fifth.")).toBeVisible();
});

for (const width of [390, 1280]) {
  test.describe(`${width} pixels`, () => {
    test.use({ viewport: { width, height: 900 } });

    test("long names are cut, and the tools stay in their row", async ({ page, api }) => {
      const long = "Why did the checkout of the shop fail for so many customers in the first half of the year? ".repeat(
        8,
      );
      const { id } = await api.call("POST", "/api/report-builder", { name: long.slice(0, 490), description: long });
      await api.call("POST", `/api/report-builder/${id}/blocks`, { type: "HEADING", content: long });
      await api.call("POST", `/api/report-builder/${id}/blocks`, { type: "PROMPT_RESPONSE", prompt: long });
      await page.goto(`/documents/${id}`);
      const heightOf = async (words: string) => (await page.getByText(words).first().boundingBox())?.height ?? 0;
      const title = page.getByRole("heading", { level: 1 });
      await expect(title).toHaveCSS("-webkit-line-clamp", "3");
      expect(await heightOf(long.slice(0, 490).trim())).toBeLessThan(150);
      for (const article of await page.getByRole("article").all()) {
        const [card, edit, more] = await Promise.all(
          [
            article,
            article.getByRole("button", { name: /^Edit:/ }),
            article.getByRole("button", { name: /^More:/ }),
          ].map((part) => part.boundingBox()),
        );
        if (!card || !edit || !more) throw new Error("The tools are not drawn.");
        expect(more.x + more.width).toBeLessThanOrEqual(card.x + card.width);
        // In the first row of the block, all of them.
        expect(edit.y).toBe(more.y);
        expect(edit.y - card.y).toBeLessThan(30);
      }
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
      // The typeface comes with the page.
      expect(await page.evaluate(() => document.fonts.check('16px "Inter Variable"'))).toBe(true);
      await page.goto("/");
      await expect(page.getByRole("link", { name: long.slice(0, 60) })).toBeVisible();
      expect((await page.getByRole("listitem").first().boundingBox())?.height ?? 0).toBeLessThan(260);
    });
  });
}
