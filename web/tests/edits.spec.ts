/** Typed text is never lost and never written to the wrong block. */

import { expect, Gate, test } from "./fixtures";

const BLOCK = "**/api/report-builder/*/blocks/*";

test("the editor accepts no input while an edit is being saved", async ({ page, api }) => {
  const document = await api.document("What did I achieve?", "Before.");
  const gate = new Gate();
  await page.route(BLOCK, async (route) => {
    if (route.request().method() === "PATCH") await gate.opened;
    await route.continue();
  });
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: /^Edit:/ }).click();
  const content = page.getByRole("textbox", { name: "Content" });
  await content.fill("Saved.");
  await page.getByRole("button", { name: "Save" }).click();
  await content.press("End");
  await page.keyboard.type(" Lost.");
  await expect(content).toHaveValue("Saved.");
  gate.open();
  await expect(content).toBeHidden();
  await expect(page.getByText("Saved.")).toBeVisible();
  expect((await api.block(document)).content).toBe("Saved.");
});

test("a save keeps changes of other clients, and the user resolves conflicts", async ({ page, api }) => {
  const document = await api.document("What did I achieve?", "Before.");
  const path = `/api/report-builder/${document.id}/blocks/${document.block}`;
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: /^Edit:/ }).click();
  await page.getByRole("textbox", { name: "Content" }).fill("Mine.");
  await api.call("PATCH", path, { prompt: "What did I learn?" });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("What did I learn?")).toBeVisible();
  expect(await api.block(document)).toMatchObject({ prompt: "What did I learn?", content: "Mine." });

  await page.getByRole("button", { name: /^Edit:/ }).click();
  await page.getByRole("textbox", { name: "Content" }).fill("Mine again.");
  await api.call("PATCH", path, { prompt: "What is next?", content: "Theirs." });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Keep mine" }).click();
  await expect(page.getByText("What is next?")).toBeVisible();
  expect(await api.block(document)).toMatchObject({ prompt: "What is next?", content: "Mine again." });
});

test("typed text is discarded only after the user confirms", async ({ page, api }) => {
  const document = await api.document("What did I achieve?", "Before.");
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: /^Edit:/ }).click();
  await expect(page.getByRole("textbox", { name: "Prompt" })).toBeFocused();
  const content = page.getByRole("textbox", { name: "Content" });
  await content.fill("Typed.");
  const discard = page.getByRole("form").getByRole("button", { name: "Discard" });
  await discard.click();
  await page.getByRole("button", { name: "Keep editing" }).click();
  await expect(content).toHaveValue("Typed.");
  await discard.click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await expect(content).toBeHidden();
  await expect(page.getByRole("article")).toBeFocused();

  await page.goto("/library/goals");
  await page.getByRole("button", { name: "Add goal" }).first().click();
  await page.getByRole("textbox", { name: "Title" }).fill("Make checkout reliable");
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 450);
  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue("Make checkout reliable");
});

test("the focus stays on the edited block, and a cancelled job is announced", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  claude.when(user, [{ text: "Not to be kept." }, { gate: new Gate() }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: /^Edit:/ }).press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.type("Mine.");
  await page.getByRole("button", { name: "Save" }).press("Enter");
  await expect(page.getByText("Mine.")).toBeVisible();
  await expect(page.getByRole("article")).toBeFocused();

  await page.getByRole("button", { name: "Generate" }).press("Enter");
  await expect(page.getByTestId("partial-text")).toBeVisible();
  await page.getByRole("button", { name: "Cancel" }).press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "Cancelled" })).toHaveCount(1);
  await expect(page.getByRole("article")).toBeFocused();

  await page.getByRole("button", { name: "Add prompt" }).press("Enter");
  await expect(page.getByRole("textbox", { name: "Prompt" })).toBeFocused();

  await page.getByRole("button", { name: "More" }).last().press("Enter");
  await page.getByRole("menuitem", { name: "Delete block" }).press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).press("Enter");
  await expect(page.getByRole("article")).toHaveCount(1);
  await expect(page.getByRole("main")).toBeFocused();
});

test("a double click restores a revision once and adds one block", async ({ page, api }) => {
  const document = await api.document("What did I achieve?", "First.");
  const path = `/api/report-builder/${document.id}/blocks/${document.block}`;
  for (const content of ["Second.", "Third."]) await api.call("PATCH", path, { content });
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "History" }).click();
  const restore = page.getByRole("dialog").getByRole("button", { name: "Restore" });
  await restore.first().dblclick();
  await expect(page.getByRole("dialog").getByText("Restored by you")).toBeVisible();
  await expect(page.getByRole("dialog").getByRole("status").filter({ hasText: "Restored." })).toBeVisible();
  await expect(restore.filter({ visible: true }).and(page.locator(":focus"))).toHaveCount(1);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Add divider" }).dblclick();
  await expect(page.getByRole("article")).toHaveCount(2);

  await page.waitForLoadState("networkidle");
  const { revisions } = await api.call("GET", `${path}/history`);
  expect(revisions.filter(({ changeType }: { changeType: string }) => changeType === "RESTORE")).toHaveLength(1);
  expect((await api.call("GET", `/api/report-builder/${document.id}`)).blocks).toHaveLength(2);
});
