/** A written block shows which sentences and numbers rest on nothing, what is still to add, and each source. */

import type { Locator, Page } from "@playwright/test";
import { violationsOf } from "./axe";
import type { Claude, Step } from "./claude";
import { type Api, expect, test } from "./fixtures";

const CITES = { document: 0, start: 0, end: 1 };
const SOURCE = {
  title: "Retry failed card payments",
  summary: "Lost payments fell to 0.4 %.",
  url: "https://github.com/example/shop/pull/17?tab=files",
};

/** Escapes, an entity and a list item of two lines stand before the passages. */
const TEXT: Step[] = [
  { text: "R&amp;D counts \\*lost\\* payments. " },
  { text: "They fell to 0.4 %.", cites: CITES },
  { text: " I mentored 731 colleagues.\n\n- Nobody\n  **asked** for it.\n- " },
  { text: "It is\n  reliable.", cites: CITES },
  { text: "\n\n[To add: how many customers noticed]" },
];

/** Creates a document with a block that a job has written. */
async function written(api: Api, claude: Claude, user: string, steps: Step[]) {
  await api.evidence(SOURCE);
  const document = await api.document(`What did I achieve? ${user}`);
  claude.when(user, steps);
  const order = { type: "GENERATE", documentId: document.id, blockId: document.block };
  await api.call("POST", "/api/report-builder/jobs", order);
  await expect.poll(async () => (await api.block(document)).content).not.toBeNull();
  return { ...document, path: `/documents/${document.id}` };
}

const passages = (page: Page, kind: string) => page.locator(`[data-passage~="${kind}"]`);
const popover = (page: Page) => page.getByRole("dialog", { name: "Source" });

test("sentences and numbers without a source are marked, and gaps are tasks", async ({ page, api, claude, user }) => {
  const { path } = await written(api, claude, user, TEXT);
  await page.goto(path);
  await expect(passages(page, "uncited").first()).toBeVisible();
  const uncited = (await passages(page, "uncited").allTextContents()).join("|").replaceAll(/\s+/g, " ");
  expect(uncited).toBe("R&D counts *lost* payments.|I mentored |731| colleagues.|Nobody |asked| for it.");
  await expect(passages(page, "number")).toHaveText("731");
  await expect(passages(page, "gap")).toHaveText("[To add: how many customers noticed]");
  const line = page.getByRole("group", { name: "What this text rests on" });
  await expect(line).toContainText("2 of 5 sentences supported");
  await expect(line).toContainText("1 number without a source");
  await expect(line).toContainText("1 to add");
  // The marks stand behind the words that they belong to.
  const paragraphs = page.getByRole("article").locator("p:has(sup), li:has(sup)");
  expect((await paragraphs.allTextContents()).map((text) => text.replaceAll(/\s+/g, " ").trim())).toEqual([
    expect.stringContaining("They fell to 0.4 %.[1] I mentored"),
    "It is reliable.[1]",
  ]);
  expect(await violationsOf(page)).toEqual([]);
  await page.getByRole("button", { name: "how many customers noticed" }).press("Enter");
  await expect(page.getByRole("textbox", { name: "Content" })).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(passages(page, "gap")).toBeVisible();
});

test("a text that a person has edited says that its own numbers are not checked", async ({
  page,
  api,
  claude,
  user,
}) => {
  const { path, ...document } = await written(api, claude, user, TEXT);
  await page.goto(path);
  const line = page.getByRole("group", { name: "What this text rests on" });
  await expect(line).toContainText("1 number without a source");
  await expect(line).not.toContainText("not checked");
  const { content } = await api.block(document);
  await api.call("PATCH", `/api/report-builder/${document.id}/blocks/${document.block}`, {
    content: `${content} I saved 9,000 hours.`,
  });
  await page.reload();
  await expect(line).toContainText("1 number without a source");
  await expect(line).toContainText("Numbers that you wrote are not checked");
});

test("a switch hides the marks, also after a reload, and keeps the tasks", async ({ page, api, claude, user }) => {
  const { path } = await written(api, claude, user, TEXT);
  await page.goto(path);
  await expect(passages(page, "number")).toHaveCount(1);
  const marks = page.getByRole("switch", { name: "Show marks" });
  await marks.press("Space");
  await expect(passages(page, "number")).toHaveCount(0);
  await page.reload();
  await expect(passages(page, "gap")).toHaveCount(1);
  await expect(passages(page, "uncited")).toHaveCount(0);
  await expect(marks).not.toBeChecked();
  await marks.press("Space");
  await expect(passages(page, "number")).toHaveCount(1);
});

test("a source opens and closes with the keyboard alone", async ({ page, api, claude, user }) => {
  const { path } = await written(api, claude, user, TEXT);
  await page.goto(path);
  const mark = page.getByRole("button", { name: "Source 1" }).first();
  await expect(mark).toBeVisible();
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    if (await mark.evaluate((element) => element === document.activeElement)) break;
  }
  await expect(mark).toBeFocused();
  await expect(popover(page)).toContainText("Retry failed card payments");
  await expect(mark).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(popover(page)).toBeHidden();

  await page.keyboard.press("Enter");
  await expect(popover(page).getByRole("button", { name: "Close the source" })).toBeFocused();
  await page.keyboard.press("Tab");
  const link = popover(page).getByRole("link");
  await expect(link).toBeFocused();
  await expect(link).toHaveText("github.com/…/17");
  await expect(link).toHaveAttribute("href", SOURCE.url);
  expect(await violationsOf(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await expect(popover(page)).toBeHidden();
  await expect(mark).toBeFocused();

  // The focus moves on, and no source covers the text.
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Tab");
  await expect(popover(page)).toBeVisible();
  await page.keyboard.press("Shift+Tab");
  await expect(popover(page)).toBeHidden();
});

for (const viewport of [
  { width: 1280, height: 480 },
  { width: 390, height: 480 },
]) {
  test.describe(`${viewport.width} pixels`, () => {
    test.use({ viewport });

    test("a source stays inside the window near each of its edges", async ({ page, api, claude, user }) => {
      const steps = Array.from({ length: 40 }, (_, at): Step[] => [
        { text: `${"Payments are reliable now, and ".slice(0, 12 + (at % 7))}` },
        { text: "lost payments fell.", cites: CITES },
        { text: at % 10 === 9 ? "\n\n" : " " },
      ]).flat();
      const { path } = await written(api, claude, user, steps);
      await page.goto(path);
      const marks = page.getByRole("button", { name: "Source 1" });
      await expect(marks).toHaveCount(40);
      const boxes = await Promise.all((await marks.all()).map((mark) => mark.boundingBox()));
      const across = boxes.map((box, index) => ({ index, x: box?.x ?? 0 })).sort((one, other) => one.x - other.x);
      for (const end of [across[0], across.at(-1)]) {
        const mark = marks.nth(end?.index ?? 0);
        for (const block of ["start", "end"] as const) {
          await page.mouse.move(0, 0);
          await expect(popover(page)).toBeHidden();
          await mark.evaluate((element, place) => {
            const { top, bottom } = element.getBoundingClientRect();
            // The header of the page covers its first 60 pixels.
            window.scrollBy(0, place === "start" ? top - 70 : bottom - window.innerHeight + 10);
          }, block);
          await hover(page, mark);
          await expect(popover(page)).toContainText("Retry failed card payments");
          await expect.poll(() => overhang(popover(page), viewport), `${end?.x} ${block}`).toBe(0);
        }
      }
      // The pointer can move into the popover, and a click keeps it open.
      await popover(page).getByRole("link").hover();
      await expect(popover(page)).toBeVisible();
      await page.keyboard.press("Escape");
      await expect(popover(page)).toBeHidden();
    });
  });
}

test.describe("on a touch screen", () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 800 } });

  test("a tap opens a source, and a tap elsewhere closes it", async ({ page, api, claude, user }) => {
    const { path } = await written(api, claude, user, TEXT);
    await page.goto(path);
    await page.getByRole("button", { name: "Source 1" }).first().tap();
    await expect(popover(page)).toContainText("Retry failed card payments");
    await expect.poll(() => overhang(popover(page), { width: 390, height: 800 })).toBe(0);
    await page.getByRole("heading", { level: 1 }).tap();
    await expect(popover(page)).toBeHidden();
  });
});

/** Playwright's own `hover` would scroll the mark away from the edge. */
async function hover(page: Page, mark: Locator) {
  const box = await mark.boundingBox();
  if (box === null) throw new Error("the mark is not visible");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
}

/** By how many pixels an element is outside of the window. */
async function overhang(element: Locator, window: { width: number; height: number }): Promise<number> {
  const box = await element.boundingBox();
  if (box === null) return Number.POSITIVE_INFINITY;
  const outside = [-box.x, -box.y, box.x + box.width - window.width, box.y + box.height - window.height];
  return Math.max(0, ...outside.map(Math.ceil));
}
