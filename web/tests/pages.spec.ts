/**
 * Checks every page in both colour schemes and several screen sizes. A page must have no accessibility violations and
 * must not be wider than the screen. If `SCREENSHOTS` names a folder, the test saves a screenshot of each page there.
 */

import type { Page } from "@playwright/test";
import { violationsOf } from "./axe";
import { type Api, expect, Gate, test, USER_KEY } from "./fixtures";

interface State {
  name: string;
  /** Opens the page in this state. */
  open(page: Page, documentId: string, api: Api): Promise<void>;
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
      await page
        .getByRole("button", { name: /^More:/ })
        .first()
        .waitFor();
      const history = page.getByRole("button", { name: "History" }).first();
      if (await history.isVisible()) await history.click();
      else {
        // On a phone it is in the menu.
        await page
          .getByRole("button", { name: /^More:/ })
          .first()
          .click();
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
      await page
        .getByRole("button", { name: /^Edit:/ })
        .first()
        .click();
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
  {
    name: "proposal",
    async open(page, documentId) {
      await page.goto(`/documents/${documentId}`);
      const proposal = page.getByRole("group", { name: "A proposal for this section" });
      await expect(proposal.getByRole("button", { name: "Accept this paragraph" })).toHaveCount(2);
    },
  },
  {
    name: "refine",
    async open(page, documentId) {
      await page.goto(`/documents/${documentId}`);
      await page.getByRole("button", { name: "Refine" }).first().click();
      await expect(page.getByRole("textbox", { name: "Instruction" })).toBeFocused();
    },
  },
  {
    name: "estimate",
    async open(page, documentId) {
      await page.goto(`/documents/${documentId}`);
      await expect(page.getByRole("button", { name: "Generate" })).toHaveCount(4);
      // The page may move below the pointer while it is drawn, but not below the focus.
      await page.getByRole("button", { name: "Generate" }).last().focus();
      await expect(page.getByTestId("estimate")).toContainText("read");
    },
  },
  {
    name: "insert",
    async open(page, documentId) {
      await page.goto(`/documents/${documentId}`);
      await page.getByRole("button", { name: "Add a block here" }).first().press("Enter");
      await expect(page.getByRole("button", { name: "Add prompt" })).toHaveCount(2);
    },
  },
  {
    name: "folded",
    async open(page, documentId) {
      await page.goto(`/documents/${documentId}`);
      await page.getByText("Outline", { exact: true }).click();
      await page.getByRole("button", { name: "Section Teamwork" }).click();
      await expect(page.getByText("1 block hidden")).toBeVisible();
    },
  },
  {
    name: "delete",
    async open(page, documentId) {
      await page.goto(`/documents/${documentId}`);
      await page
        .getByRole("button", { name: /^More:/ })
        .first()
        .click();
      await page.getByRole("menuitem", { name: "Delete block" }).click();
      await expect(page.getByRole("dialog")).toContainText("This cannot be undone.");
    },
  },
  {
    name: "library",
    async open(page) {
      await page.goto("/library");
      await expect(page.getByRole("region", { name: "Evidence by month" })).toBeVisible();
    },
  },
  {
    name: "selection",
    async open(page) {
      await page.goto("/library");
      await page.getByRole("checkbox", { name: /^Select Retry/ }).check();
    },
  },
  {
    name: "evidence-form",
    async open(page) {
      await page.goto("/library");
      await page.getByRole("button", { name: "Add evidence" }).click();
      await expect(page.getByRole("textbox", { name: "Title" })).toBeVisible();
    },
  },
  { name: "goals", open: at("/library/goals") },
  { name: "reviews", open: at("/library/reviews") },
  {
    name: "import",
    async open(page) {
      await page.goto("/library");
      await page.getByRole("button", { name: "Import", exact: true }).click();
    },
  },
  { name: "jobs", open: at("/jobs") },
  {
    name: "job",
    async open(page) {
      await page.goto("/jobs");
      await page.getByRole("table").getByRole("link").first().click();
      await expect(page.getByRole("heading", { name: "How it went" })).toBeVisible();
    },
  },
  { name: "not-found", open: at("/nowhere") },
  {
    name: "drafting",
    async open(page, documentId, api) {
      await api.call("POST", `/api/report-builder/${documentId}/jobs`, { type: "GENERATE" });
      await page.goto(`/documents/${documentId}`);
      await expect(page.getByRole("button", { name: "Cancel all" })).toBeVisible();
    },
  },
  {
    name: "empty",
    async open(page) {
      await page.goto("/");
      await page.evaluate((key) => localStorage.setItem(key, "nobody"), USER_KEY);
      await page.reload();
      await expect(page.getByRole("button", { name: "Choose a file" })).toBeVisible();
    },
  },
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
        const documentId = await filled(api, claude, user);
        for (const state of STATES) {
          await state.open(page, documentId, api);
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

/** Adds a section with a text of the user and a proposal for it, of which two paragraphs differ. */
async function proposed(
  api: Api,
  claude: { when: (mark: string, steps: never[]) => void },
  user: string,
  documentId: string,
): Promise<void> {
  const path = `/api/report-builder/${documentId}/blocks`;
  await api.call("POST", path, { type: "HEADING", content: "Teamwork" });
  const content = "I led the work on payments.\n\nI helped Robin.\n\nI wrote the guide for new colleagues.";
  const prompt = `How did I lead? own-${user}`;
  const { id: blockId } = await api.call("POST", path, { type: "PROMPT_RESPONSE", prompt, content });
  claude.when(`own-${user}`, [
    { text: "I led all the work on card payments.\n\nI helped Robin.\n\nI wrote the guide for all new colleagues." },
  ] as never[]);
  const order = { type: "GENERATE", documentId, blockId, applyMode: "propose" };
  const { jobId } = await api.call("POST", "/api/report-builder/jobs", order);
  await expect.poll(async () => (await api.call("GET", `/api/report-builder/jobs/${jobId}`)).status).toBe("COMPLETED");
}

/**
 * Creates a library and a document in which one block is written by a job, one is still being written, one has a
 * proposal, and one is empty.
 */
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
  const add = (block: object) => api.call("POST", `/api/report-builder/${document.id}/blocks`, block);
  const second = { type: "PROMPT_RESPONSE", prompt: `How did I help others? slow-${user}` };
  const block = (await add(second)).id;
  claude.when(`slow-${user}`, [{ text: "I helped a new colleague " }, { gate: new Gate() }] as never[]);
  await api.call("POST", "/api/report-builder/jobs", { type: "GENERATE", documentId: document.id, blockId: block });
  await proposed(api, claude, user, document.id);
  await add({ type: "HEADING", content: "Next year" });
  claude.when(`empty-${user}`, [{ gate: new Gate() }] as never[]);
  await add({ type: "PROMPT_RESPONSE", prompt: `What comes next? empty-${user}` });
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
