/**
 * Every page shows hostile texts: evidence, goals, reviews, names, prompts and texts of a user, and the answers of a
 * model that obeys them. Nothing is loaded, run, hidden or forged, and no answer leads to a host that it does not cite.
 */

import type { Page } from "@playwright/test";
import { type Api, expect, test } from "./fixtures";
import { addEvidence, CITED, endedJobs, HOSTILE, harmIn, hostileTexts, print, watch } from "./hostile-texts";

test("the list has 320 texts", () => {
  expect(HOSTILE.around.flatMap(hostileTexts)).toHaveLength(320);
});

for (const around of HOSTILE.around) {
  const name = JSON.stringify(around.join("…"));

  test(`answers of a model that obeys hostile texts in ${name}`, async ({ page, api, claude, user }) => {
    const texts = hostileTexts(around);
    const seen = watch(page);
    await addToLibrary(api, texts);
    const document = { name: "Review of the year", contextConfig: { maxEvidence: 10 } };
    const { id } = await api.call("POST", "/api/report-builder", document);
    const cites = { document: 0, start: 0, end: 1 };
    for (const [index, text] of texts.entries()) {
      const prompt = `Text ${index} of ${user}.`;
      claude.when(prompt, [{ text, cites }]);
      await api.call("POST", `/api/report-builder/${id}/blocks`, { type: "PROMPT_RESPONSE", prompt });
    }

    await page.goto(`/documents/${id}`);
    await page.getByRole("button", { name: "Draft everything" }).click();
    await expect.poll(() => endedJobs(api, id)).toBe(texts.length);
    const { blocks } = await api.call("GET", `/api/report-builder/${id}`);
    const written = blocks.filter((block: { content: string | null }) => block.content).length;
    expect(written).toBeGreaterThan(50);
    await expect(page.getByRole("group", { name: "Answer" })).toHaveCount(written);
    expect(await harmIn(page, [CITED])).toEqual([]);
    await expect(page.getByRole("button", { name: "Source 1" })).toHaveCount(written);

    await page.getByRole("button", { name: "Source 1" }).first().click();
    await expect(page.getByRole("link", { name: CITED }).first()).toBeVisible();
    expect(await harmIn(page, [CITED])).toEqual([]);
    await page.keyboard.press("Escape");
    await page
      .getByRole("button", { name: /^Edit:/ })
      .first()
      .click();
    await expect(page.getByRole("textbox", { name: "Content" })).toBeVisible();
    expect(await harmIn(page, [CITED])).toEqual([]);

    const sources = new Set(blocks.flatMap(({ citations }: Cited) => citations.map(({ sourceId }) => sourceId)));
    await print(page);
    expect(await harmIn(page, [CITED])).toEqual([]);
    await expect(page.locator("[data-footnotes] li")).toHaveCount(sources.size);

    expect(seen).toEqual([]);
  });

  test(`a library and a document of hostile texts in ${name}`, async ({ page, api, claude, user }) => {
    const texts = hostileTexts(around);
    const seen = watch(page);
    await addToLibrary(api, texts);
    const description = texts.join(" ").slice(0, 10_000);
    const { id } = await api.call("POST", "/api/report-builder", { name: texts[0], description });
    const path = `/api/report-builder/${id}/blocks`;
    claude.when(user, [{ text: texts.join("\n\n") }]);
    for (const [index, content] of texts.entries()) {
      const prompt = `${content} ${user}`;
      await api.call("POST", path, { type: ["HEADING", "TEXT"][index % 2], content });
      await api.call("POST", path, { type: "PROMPT_RESPONSE", prompt, content });
    }
    const { id: blockId } = (await api.call("GET", `/api/report-builder/${id}`)).blocks[1];
    for (const content of texts.slice(1)) await api.call("PATCH", `${path}/${blockId}`, { content });

    await page.goto(`/documents/${id}`);
    await expect(page.locator("article")).toHaveCount(2 * texts.length);
    expect(await harmIn(page, null)).toEqual([]);
    await page.locator("article").nth(1).getByRole("button", { name: "History" }).click();
    await expect(page.getByRole("dialog").getByRole("listitem")).not.toHaveCount(0);
    await showAll(page);
    await expect(page.getByRole("dialog").getByRole("listitem")).toHaveCount(texts.length);
    expect(await harmIn(page, null)).toEqual([]);
    await page.keyboard.press("Escape");
    // The notice names its section.
    await page.getByRole("button", { name: "Generate:" }).first().click();
    await expect(page.locator(".mantine-Notification-root", { hasText: "Show" })).not.toHaveCount(0);
    expect(await harmIn(page, null)).toEqual([]);
    await print(page);
    expect(await harmIn(page, null)).toEqual([]);
    await expect(page.locator("[data-footnotes]")).toHaveCount(0);

    for (const address of ["/", "/library", "/library/goals", "/library/reviews", "/jobs"]) {
      await page.goto(address);
      await expect(page.getByRole("main")).toContainText(HOSTILE.hosts[0] ?? "");
      await showAll(page);
      expect(await harmIn(page, [CITED]), address).toEqual([]);
    }
    await page.getByRole("table").getByRole("link").first().click();
    await expect(page.getByRole("heading", { name: "How it went" })).toBeVisible();
    expect(await harmIn(page, null)).toEqual([]);
    expect(seen).toEqual([]);
  });
}

interface Cited {
  citations: { sourceId: string }[];
}

/** Presses “Load more” until it is gone. */
async function showAll(page: Page): Promise<void> {
  const more = page.getByRole("button", { name: "Load more" });
  const press = () => more.evaluateAll((buttons: HTMLElement[]) => buttons.forEach((button) => void button.click()));
  await page.waitForLoadState("networkidle");
  await expect
    .poll(async () => {
      await press();
      return more.count();
    })
    .toBe(0);
}

async function addToLibrary(api: Api, texts: readonly string[]): Promise<void> {
  await addEvidence(api, texts);
  for (const text of texts) {
    await api.call("POST", "/api/goals", { title: text, description: text, status: "ACTIVE" });
    await api.call("POST", "/api/reviews", { year: 2025, type: "MANAGER", content: text });
  }
}
