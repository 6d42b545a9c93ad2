/** Import of evidence from a file, and drafts that cite it. */

import { expect, Gate, test, USER_KEY } from "./fixtures";

test("evidence is imported from a file, invalid rows are reported, and a draft cites the evidence", async ({
  page,
  api,
  claude,
  user,
}) => {
  await page.goto("/library");
  const rows = [
    "type,title,summary,occurredAt",
    "PR_AUTHORED,Retry failed card payments,Lost payments fell.,2026-10-01T10:00:00Z",
    "PR_AUTHORED,Without a date,Nothing.,yesterday",
  ];
  await page
    .getByRole("button", { name: /import/i })
    .first()
    .click();
  const file = { name: "evidence.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\n")) };
  await page.locator("input[type=file]").setInputFiles(file);
  await expect(page.getByLabel("What the file would change")).toContainText("1 would be created");
  await page.getByRole("button", { name: "Import 1" }).click();
  const outcome = page.getByLabel("Outcome of the import");
  await expect(outcome).toContainText("1");
  await expect(page.getByLabel("Rejected entries")).toContainText("occurredAt");
  expect((await api.call("GET", "/api/evidence")).items).toHaveLength(1);

  const document = await api.document(`What did I achieve? ${user}`);
  const cites = { document: 0, start: 0, end: 1 };
  claude.when(user, [{ text: "Payments are safe.", cites }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await page.getByRole("button", { name: "Source 1" }).click();
  await expect(page.getByText("Retry failed card payments")).toBeVisible();
});

test("an empty library has no filters but an import, also of goals and reviews", async ({ page, api }) => {
  const files = {
    goals: "title,status\nMake checkout reliable,ACTIVE",
    reviews: "year,type,content\n2025,PEER,Helpful in reviews.",
  };
  await page.goto("/library");
  await expect(page.getByText("No evidence yet")).toBeVisible();
  await expect(page.getByLabel("Types")).toHaveCount(0);
  for (const [kind, text] of Object.entries(files)) {
    await page.goto(`/library/${kind}`);
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.getByRole("dialog", { name: `Import ${kind}` }).waitFor();
    // The text of a file may be pasted.
    await page.evaluate((pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", pasted);
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    }, text);
    await page.getByRole("button", { name: "Import 1" }).click();
    await expect(page.getByLabel("Outcome of the import")).toContainText("1 created");
    expect((await api.call("GET", `/api/${kind}`)).items).toHaveLength(1);
  }
});

test("a broken file says what is wrong with it and what to do", async ({ page }) => {
  await page.goto("/library");
  await page.getByRole("button", { name: "Import", exact: true }).click();
  const files = {
    '[{"title": "Retry", "summ': /The file is cut off: its JSON ends in line 1.*Export or download it again/,
    "title;summary": /named .json but does not begin as JSON does.*Export it again, or rename it to .csv/,
    '[{"title": "a" "b"}]': /not JSON that can be imported.*Use a list of objects/,
  };
  for (const [text, said] of Object.entries(files)) {
    await page
      .locator("input[type=file]")
      .setInputFiles({ name: "evidence.json", mimeType: "application/json", buffer: Buffer.from(text) });
    await expect(page.getByRole("dialog").getByRole("alert")).toContainText(said);
  }
});

test("an import ends when the user is switched in another tab", async ({ page, context, user }) => {
  const gate = new Gate();
  const senders: (string | undefined)[] = [];
  await page.route("**/api/evidence/import**", async (route) => {
    if (route.request().method() === "POST") {
      senders.push(route.request().headers().authorization);
      await gate.opened;
    }
    // The page may have been closed in the meantime.
    await route.continue().catch(() => {});
  });
  await page.goto("/library");
  await page.getByRole("button", { name: "Import", exact: true }).click();
  const entry = { type: "MANUAL", title: "Talk", summary: "About queues.", occurredAt: "2026-07-01T10:00:00Z" };
  const buffer = Buffer.from(JSON.stringify(Array.from({ length: 2_001 }, () => entry)));
  await page.locator("input[type=file]").setInputFiles({ name: "all.json", mimeType: "application/json", buffer });
  await expect.poll(() => senders.length).toBe(1);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeVisible();

  const other = await context.newPage();
  await other.goto("/jobs");
  await other.evaluate(([key, name]) => localStorage.setItem(key, name), [USER_KEY, `${user}-2`] as const);
  await expect(page.getByRole("button", { name: `User: ${user}-2` })).toBeVisible();
  gate.open();
  await page.waitForLoadState("networkidle");
  expect(senders).toEqual([`Bearer ${user}`]);
});

test("the context form shows the matching evidence and saves the context", async ({ page, api }) => {
  await api.evidence({ title: "A pull request" }, { title: "A thank-you", type: "SLACK", category: "recognition" });
  const document = await api.document("What did I achieve?", undefined, {
    contextConfig: { maxEvidence: 5, ofAnotherProgram: "kept" },
  });
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Context" }).click();
  const panel = page.getByRole("dialog");
  const matching = panel.getByLabel("Matching evidence");
  await expect(matching).toContainText("A pull request");
  await panel.getByRole("combobox", { name: "Types" }).click();
  await page.getByRole("option", { name: /slack/i }).click();
  await expect(matching).not.toContainText("A pull request");
  await expect(matching).toContainText("A thank-you");
  await page.keyboard.press("Escape");
  await panel.getByRole("button", { name: "Save" }).click();
  await expect
    .poll(async () => (await api.call("GET", `/api/report-builder/${document.id}`)).contextConfig)
    .toMatchObject({ evidenceTypes: ["SLACK"], maxEvidence: 5, ofAnotherProgram: "kept" });
});
