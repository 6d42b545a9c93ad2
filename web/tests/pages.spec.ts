/**
 * Checks every page in both colour schemes and several screen sizes. A page must have no accessibility violations and
 * must not be wider than the screen. If `SCREENSHOTS` names a folder, the test saves a screenshot of each page there.
 */

import type { Page } from "@playwright/test";
import { violationsOf } from "./axe";
import { type Api, expect, Gate, test } from "./fixtures";

interface State {
  name: string;
  /** Opens the page in this state. */
  open(page: Page, documentId: string): Promise<void>;
}

const dialog = (button: string): State["open"] => {
  return async (page, documentId) => {
    await page.goto(`/documents/${documentId}`);
    await page.getByRole("button", { name: button }).first().click();
    await expect(page.getByRole("dialog")).toBeVisible();
  };
};

const at = (address: string): State["open"] => {
  return async (page) => {
    await page.goto(address);
  };
};

const STATES: State[] = [
  { name: "documents", open: at("/") },
  {
    name: "document",
    async open(page, documentId) {
      await page.goto(`/documents/${documentId}`);
      await expect(page.getByTestId("partial-text")).toContainText("I helped a new colleague");
    },
  },
  {
    name: "history",
    async open(page, documentId) {
      await page.goto(`/documents/${documentId}`);
      await page.getByRole("button", { name: "More", exact: true }).first().waitFor();
      const history = page.getByRole("button", { name: "History" }).first();
      if (await history.isVisible()) await history.click();
      else {
        // On a phone it is in the menu.
        await page.getByRole("button", { name: "More", exact: true }).first().click();
        await page.getByRole("menuitem", { name: "History" }).click();
      }
      await expect(page.getByRole("dialog", { name: "History" })).toBeVisible();
    },
  },
  { name: "context", open: dialog("Context") },
  { name: "analysis", open: dialog("Analyze document") },
  {
    name: "edit",
    async open(page, documentId) {
      await page.goto(`/documents/${documentId}`);
      await page.getByRole("button", { name: "Edit", exact: true }).first().click();
    },
  },
  {
    name: "source",
    async open(page, documentId) {
      await page.goto(`/documents/${documentId}`);
      await page.getByRole("button", { name: "Source 1" }).first().click();
    },
  },
  { name: "new", open: at("/new") },
  {
    name: "new-review",
    async open(page) {
      await page.goto("/new");
      await page.getByRole("button", { name: "Continue without a file" }).click();
    },
  },
  {
    name: "export",
    async open(page, documentId) {
      await page.goto(`/documents/${documentId}`);
      await page.getByRole("button", { name: "Export" }).click();
      await expect(page.getByRole("menuitem", { name: "Print" })).toBeVisible();
    },
  },
  {
    name: "details",
    async open(page, documentId) {
      await page.goto(`/documents/${documentId}`);
      await page.getByRole("button", { name: /^Actions for/ }).click();
      await page.getByRole("menuitem", { name: "Edit details" }).click();
      await expect(page.getByLabel("Time zone")).toBeVisible();
    },
  },
  { name: "library", open: at("/library") },
  {
    name: "import",
    async open(page) {
      await page.goto("/library");
      await page.getByRole("button", { name: "Import", exact: true }).click();
    },
  },
  { name: "jobs", open: at("/jobs") },
  { name: "not-found", open: at("/nowhere") },
];

const SIZES = {
  desktop: { width: 1280, height: 900 },
  phone: { width: 375, height: 812 },
  small: { width: 320, height: 640 },
};

for (const scheme of ["light", "dark"] as const) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    if (size === "small" && scheme === "dark") continue;
    test.describe(`${scheme}, ${size}`, () => {
      test.use({ colorScheme: scheme, viewport, contextOptions: { reducedMotion: "reduce" } });

      test("every page is accessible and fits the screen", async ({ page, api, claude, user }) => {
        test.setTimeout(120_000);
        const documentId = await filled(api, claude, user);
        for (const state of STATES) {
          await state.open(page, documentId);
          await settled(page);
          await check(page, `${state.name}-${scheme}-${size}`);
        }
      });
    });
  }
}

test("a block can be generated with the keyboard alone", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  claude.when(user, [{ text: "Without a mouse." }]);
  await page.goto(`/documents/${document.id}`);
  await expect(page.getByRole("button", { name: "Generate" })).toBeVisible();
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => window.document.activeElement?.textContent?.trim() === "Generate")) break;
  }
  await page.keyboard.press("Enter");
  await expect(page.getByText("Without a mouse.")).toBeVisible();
});

/** Creates a library and a document with two blocks: one is written by a job, and one is still being written. */
async function filled(api: Api, claude: { when: (mark: string, steps: never[]) => void }, user: string) {
  await api.evidence(
    {
      title: "Retry failed card payments with backoff",
      summary: "Lost payments fell from 2.1 % to 0.4 %.",
      category: "feature",
    },
    { title: "Thanks from customer support", type: "SLACK", category: "recognition" },
  );
  await api.call("POST", "/api/goals", { title: "Make checkout reliable", status: "ACTIVE" });
  await api.call("POST", "/api/reviews", { year: 2025, type: "MANAGER", content: "Dependable work." });
  const document = await api.document(`What did I achieve? ${user}`);
  const cites = { document: 0, start: 0, end: 1 };
  claude.when(user, [{ text: "I made failed card payments try again, and fewer were lost.", cites }] as never[]);
  const order = { documentId: document.id, blockId: document.block };
  await api.call("POST", "/api/report-builder/jobs", { type: "GENERATE", ...order });
  await expect.poll(async () => (await api.block(document)).content).not.toBeNull();
  const second = { type: "PROMPT_RESPONSE", prompt: `How did I help others? slow-${user}` };
  const block = (await api.call("POST", `/api/report-builder/${document.id}/blocks`, second)).id;
  claude.when(`slow-${user}`, [{ text: "I helped a new colleague " }, { gate: new Gate() }] as never[]);
  await api.call("POST", "/api/report-builder/jobs", { type: "GENERATE", documentId: document.id, blockId: block });
  return document.id;
}

/** Waits until everything on the page has loaded. */
async function settled(page: Page) {
  await page.waitForLoadState("networkidle");
  await expect(page.getByLabel(/^Loading|^Counting/)).toHaveCount(0);
}

async function check(page: Page, name: string) {
  expect(await violationsOf(page), name).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(overflow, `${name} is wider than the screen`).toBeLessThanOrEqual(0);
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}
