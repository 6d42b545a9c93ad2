/** Searching, counting and deleting evidence, and choosing evidence for a document. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "@playwright/test";
import { type Api, expect, test } from "./fixtures";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const MERGED = { state: "MERGED", scope: "large" };

/** The titles of the shown evidence. */
const titles = (page: Page) => page.getByRole("main").getByRole("checkbox", { name: /^Select (?!all)/ });

async function fill(api: Api) {
  await api.evidence(
    { title: "Retry card payments", occurredAt: "2026-06-10", ...MERGED },
    { title: "Faster search", occurredAt: "2026-09-02", ...MERGED },
    { title: "Review of payments", type: "PR_REVIEWED", occurredAt: "2026-09-20" },
    { title: "Thanks from support", type: "SLACK", category: "recognition", occurredAt: "2026-09-30" },
  );
}

test("the search waits, stays in the address, and the chart follows it", async ({ page, api }) => {
  await fill(api);
  await page.goto("/library");
  await expect(titles(page)).toHaveCount(4);
  const chart = page.getByRole("region", { name: "Evidence by month" });
  await expect(chart.getByRole("status")).toHaveText("4 pieces");
  await page.getByRole("searchbox", { name: "Search" }).pressSequentially("payments");
  await expect(titles(page)).toHaveCount(2);
  await expect(page).toHaveURL(/\?q=payments$/);
  await expect(chart.getByRole("status")).toHaveText("2 pieces");

  await page.reload();
  await expect(page.getByRole("searchbox", { name: "Search" })).toHaveValue("payments");
  await expect(titles(page)).toHaveCount(2);
  await page.getByRole("button", { name: "Clear the search" }).click();
  await expect(titles(page)).toHaveCount(4);
  await expect(page.getByRole("searchbox", { name: "Search" })).toBeFocused();
  await expect(page).not.toHaveURL(/q=/);
});

test("the chart has every month between the first and the last, and a month filters with the keyboard", async ({
  page,
  api,
}) => {
  await fill(api);
  await page.goto("/library");
  const chart = page.getByRole("region", { name: "Evidence by month" });
  const rows = chart.getByRole("table").getByRole("row");
  await expect(rows).toHaveText([
    /^Month/,
    /^June 2026.*1$/,
    /^July 2026.*0$/,
    /^August 2026.*0$/,
    /^September 2026.*3$/,
  ]);
  // A month without evidence is no button.
  await expect(chart.getByRole("button")).toHaveCount(2);
  await chart.getByRole("button", { name: "Only September 2026, 3 pieces" }).press("Enter");
  await expect(titles(page)).toHaveCount(3);
  await expect(page).toHaveURL(/start=2026-09-01&end=2026-09-30/);
  const chosen = chart.getByRole("button", { name: "Only September 2026, 3 pieces" });
  await expect(chosen).toHaveAttribute("aria-pressed", "true");
  await expect(chosen).toBeFocused();
  await chosen.press("Enter");
  await expect(titles(page)).toHaveCount(4);
});

test("a piece links to the sections that use it", async ({ page, api, claude, user }) => {
  await fill(api);
  const document = await api.document(`What did I achieve? ${user}`);
  claude.when(user, [{ text: "Search is faster.", cites: { document: 0, start: 0, end: 1 } }]);
  const order = { type: "GENERATE", documentId: document.id, blockId: document.block };
  await api.call("POST", "/api/report-builder/jobs", order);
  await expect.poll(async () => (await api.block(document)).citations.length).toBe(1);

  await page.goto("/library");
  const link = page.getByRole("link", { name: `What did I achieve? ${user}` });
  await expect(link).toHaveCount(1);
  await expect(page.getByRole("link", { name: "Review of the year" })).toHaveCount(1);
  await link.click();
  await expect(page).toHaveURL(`/documents/${document.id}#${document.block}`);
});

test("selected evidence is deleted after a question, and what fails is listed", async ({ page, api }) => {
  await fill(api);
  const { items } = await api.call("GET", "/api/evidence");
  const [failing] = items.filter(({ title }: { title: string }) => title === "Faster search");
  await page.route(`**/api/evidence/${failing.id}`, (route) => route.abort());
  await page.goto("/library");
  await page.getByRole("checkbox", { name: "Select Faster search" }).press("Space");
  await page.getByRole("checkbox", { name: "Select Thanks from support" }).press("Space");
  await expect(page.getByText("2 selected")).toBeVisible();
  await page.getByRole("button", { name: "Delete 2" }).click();
  const dialog = page.getByRole("dialog");
  expect((await api.call("GET", "/api/evidence")).items).toHaveLength(4);
  await dialog.getByRole("button", { name: "Delete 2" }).click();
  await expect(dialog.getByRole("alert")).toContainText("1 could not be deleted");
  await expect(dialog.getByRole("alert")).toContainText("Faster search");
  await expect(dialog.getByRole("alert")).not.toContainText("Thanks");
  await check(page, "delete-failed");

  await page.unroute(`**/api/evidence/${failing.id}`);
  await dialog.getByRole("button", { name: "Try again" }).click();
  await expect(dialog).toBeHidden();
  await expect(titles(page)).toHaveCount(2);
  await expect(page.getByRole("checkbox", { name: "Select all shown" })).toBeFocused();
  await page.getByRole("checkbox", { name: "Select all shown" }).check();
  await expect(page.getByRole("group", { name: "Selection" })).toContainText(
    "To pin or leave out pieces, open “Context”",
  );

  const left = (await api.call("GET", "/api/evidence")).items.map(({ title }: { title: string }) => title);
  expect(left.sort()).toEqual(["Retry card payments", "Review of payments"]);
});

test("evidence is pinned and left out for a document, one piece or many", async ({ page, api }) => {
  await fill(api);
  const document = await api.document("What did I achieve?", undefined, {
    contextConfig: { ofAnotherProgram: "kept" },
  });
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Context" }).click();
  const section = page.getByRole("region", { name: "Pinned and left out" });
  await expect(section.getByText("0 pinned, 0 left out")).toBeVisible();
  await page.getByRole("button", { name: "Pin or leave out pieces" }).click();
  await expect(section.getByRole("heading")).toBeFocused();
  await expect(section.getByRole("heading")).toBeInViewport();
  await section.getByRole("radiogroup", { name: "Faster search" }).getByText("Leave out").click();
  await expect(section.getByText("0 pinned, 1 left out. Saved.")).toBeVisible();
  expect((await api.call("GET", `/api/report-builder/${document.id}`)).contextConfig).toMatchObject({
    excludedEvidenceIds: [expect.any(String)],
    ofAnotherProgram: "kept",
  });

  const strong = page.getByRole("region", { name: "Strong evidence that is not used yet" });
  await expect(strong.getByRole("button")).toHaveCount(1);
  await strong.getByRole("button", { name: "Pin Retry card payments" }).press("Enter");
  await expect(section.getByText("1 pinned, 1 left out")).toBeVisible();
  await expect(strong.getByRole("heading")).toBeFocused();

  await section.getByRole("searchbox").fill("payments");
  await expect(section.getByRole("radiogroup")).toHaveCount(2);
  await section.getByRole("checkbox", { name: "Select all shown" }).check();
  await section.getByRole("group", { name: "Selection" }).getByRole("button", { name: "Leave out" }).click();
  await expect(section.getByText("0 pinned, 3 left out")).toBeVisible();
  const review = section.getByRole("radiogroup", { name: "Review of payments" });
  await review.getByRole("radio", { name: "Leave out" }).press("ArrowLeft");
  await expect(section.getByText("0 pinned, 2 left out")).toBeVisible();
  // Enter in the search does not save the form.
  await section.getByRole("searchbox").press("Enter");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();

  const { items } = await api.call("GET", "/api/evidence");
  const idOf = (title: string) => items.find((item: { title: string }) => item.title === title).id;
  const { contextConfig } = await api.call("GET", `/api/report-builder/${document.id}`);
  expect(contextConfig).toMatchObject({ pinnedEvidenceIds: [], ofAnotherProgram: "kept" });
  expect(contextConfig.excludedEvidenceIds.sort()).toEqual([idOf("Faster search"), idOf("Retry card payments")].sort());
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const [size, viewport] of Object.entries({
    desktop: { width: 1280, height: 900 },
    phone: { width: 390, height: 844 },
  })) {
    test.describe(`${colorScheme}, ${size}`, () => {
      test.use({ colorScheme, viewport, contextOptions: { reducedMotion: "reduce" } });

      test("the evidence and the choice for a document are accessible and fit the screen", async ({ page, api }) => {
        await fill(api);
        await api.evidence({ title: "Long ago", type: "MANUAL", occurredAt: "2024-05-01" });
        const document = await api.document("What did I achieve?");
        await page.goto("/library");
        await page.getByRole("checkbox", { name: "Select Faster search" }).check();
        await page.getByRole("button", { name: "Only September 2026" }).hover();
        await check(page, `evidence-${colorScheme}-${size}`);

        await page.goto(`/documents/${document.id}`);
        await page.getByRole("button", { name: "Context" }).click();
        const section = page.getByRole("region", { name: "Pinned and left out" });
        await section.getByRole("checkbox", { name: "Select Faster search" }).check();
        await section.getByRole("radiogroup", { name: "Long ago" }).getByText("Leave out").click();
        await check(page, `choices-${colorScheme}-${size}`);
      });
    });
  }
}

async function check(page: Page, name: string) {
  await page.waitForLoadState("networkidle");
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    type Results = { violations: { help: string; nodes: { html: string }[] }[] };
    const { axe } = window as unknown as { axe: { run: () => Promise<Results> } };
    return (await axe.run()).violations;
  });
  expect(
    violations.map(({ help, nodes }) => `${help}: ${nodes.map(({ html }) => html).join(" ")}`),
    name,
  ).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
