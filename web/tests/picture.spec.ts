/**
 * The picture of the README: a document whose text cites its evidence. If `PICTURES` names a folder, the test saves the
 * picture there in both colour schemes, with the build of the page that it shows. Otherwise it checks that the picture
 * in `docs/images` shows this build.
 */

import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Api, expect, Gate, test } from "./fixtures";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
const FOLDER = process.env.PICTURES;
const MOST_BYTES = 150_000;
const PROMPTS = { written: "What did I achieve in this half-year?", writing: "How did I help my team?" };

/** Names the build: `index.html` names its files, and their names contain the hashes of what they hold. */
function build(): string {
  return createHash("sha256")
    .update(readFileSync(join(ROOT, "web/app/dist/index.html")))
    .digest("hex");
}

for (const scheme of ["light", "dark"] as const) {
  test.describe(scheme, () => {
    // biome-ignore lint/correctness/noEmptyPattern: Playwright requires a destructuring pattern here
    test.use({ colorScheme: scheme, viewport: { width: 1120, height: 840 }, user: async ({}, use) => use("sam") });
    test.skip(!FOLDER, "make screenshots saves the picture");

    test("a document cites its evidence", async ({ page, api, claude }) => {
      const written = await draft(api, claude);
      await page.goto(`/documents/${written}`);
      await expect(page.getByTestId("partial-text")).toContainText("I paired with Robin");
      await page.getByRole("button", { name: "Source 2" }).first().click();
      await page.waitForLoadState("networkidle");
      const path = join(FOLDER ?? "", `document-${scheme}.png`);
      await page.screenshot({ path, animations: "disabled" });
      expect(statSync(path).size).toBeLessThanOrEqual(MOST_BYTES);
      writeFileSync(join(FOLDER ?? "", "build.txt"), `${build()}\n`);
    });
  });
}

test("the picture of the README shows this page", () => {
  test.skip(Boolean(FOLDER), "make screenshots saves the picture");
  const pictured = readFileSync(join(ROOT, "docs/images/build.txt"), "utf8").trim();
  expect(pictured, "The page has changed. Run make screenshots, and look at docs/images.").toBe(build());
});

/** Creates a document with a block that is written and a block that is being written. Returns its id. */
async function draft(api: Api, claude: { when: (mark: string, steps: never[]) => void }): Promise<string> {
  await api.evidence(
    {
      externalId: "shop#41",
      title: "Retry failed card payments with backoff",
      summary: "Failed card payments are tried again up to three times. Lost payments fell from 2.1 % to 0.4 %.",
      occurredAt: "2026-11-12T10:00:00Z",
    },
    {
      externalId: "thanks-1",
      type: "SLACK",
      title: "Thanks from customer support",
      summary: "Robin Placeholder: “Hardly anyone asks us about failed payments now. Thank you, Sam!”",
      occurredAt: "2026-11-03T10:00:00Z",
    },
    {
      externalId: "shop#38",
      title: "Show why a card was declined",
      summary: "The checkout names the reason of a declined card, in nine languages.",
      occurredAt: "2026-10-21T10:00:00Z",
    },
  );
  const cites = (item: number) => ({ document: 0, start: item, end: item + 1 });
  claude.when(PROMPTS.written, [
    { text: "I made the checkout reliable. " },
    { text: "Failed card payments are now tried again, and lost payments fell from 2.1 % to 0.4 %.", cites: cites(0) },
    { text: " Customer support noticed: hardly anyone asks about failed payments any more.", cites: cites(1) },
    { text: " When a card is declined, customers read why, in nine languages.", cites: cites(2) },
  ] as never[]);
  const document = await api.document(PROMPTS.written, undefined, { name: "Half-year review 2026" });
  const first = { type: "GENERATE", documentId: document.id, blockId: document.block };
  await api.call("POST", "/api/report-builder/jobs", first);
  await expect.poll(async () => (await api.block(document)).content, { timeout: 60_000 }).not.toBeNull();
  claude.when(PROMPTS.writing, [
    { text: "I paired with Robin on the new payment page, " },
    { gate: new Gate() },
  ] as never[]);
  const block = { type: "PROMPT_RESPONSE", prompt: PROMPTS.writing };
  const { id } = await api.call("POST", `/api/report-builder/${document.id}/blocks`, block);
  const second = { type: "GENERATE", documentId: document.id, blockId: id };
  await api.call("POST", "/api/report-builder/jobs", second);
  return document.id;
}
