/** An error, or code that does not arrive, stops a part of the page and not the page. */

import { violationsOf } from "./axe";
import { expect, test } from "./fixtures";

test("an error in one block stops this block, and Reload draws it again", async ({ page, api }) => {
  const document = await api.document("What did I achieve?", "I made the checkout reliable.");
  await api.call("POST", `/api/report-builder/${document.id}/blocks`, { type: "TEXT", content: "Another text." });
  const address = `**/api/report-builder/${document.id}`;
  await page.route(address, async (route) => {
    const answer = await (await route.fetch()).json();
    // Nothing that the service answers.
    answer.blocks[0].citations = null;
    await route.fulfill({ json: answer });
  });
  await page.goto(`/documents/${document.id}`);
  const alert = page.getByRole("alert").filter({ hasText: "This part of the page has stopped" });
  await expect(alert).toBeVisible();
  await expect(page.getByText("Another text.")).toBeVisible();
  await expect(page.getByRole("heading", { name: "Review of the year" })).toBeVisible();
  expect(await violationsOf(page)).toEqual([]);

  await page.unroute(address);
  await api.call("PATCH", `/api/report-builder/${document.id}/blocks/${document.block}`, {
    content: "I made it safe.",
  });
  await alert.getByRole("button", { name: "Reload" }).click();
  await expect(page.getByText("I made it safe.")).toBeVisible();
  await expect(alert).toHaveCount(0);
});

test("code that a new version has replaced leads to that version, and typed text stays", async ({ page, api }) => {
  const document = await api.document("What did I achieve?", "Before.");
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: /^Edit:/ }).click();
  await page.getByRole("textbox", { name: "Content" }).fill("Typed.");
  await page.route(/assets\/revisions/, (route) => route.fulfill({ status: 404, body: "" }));
  await page.getByRole("button", { name: "History" }).click();
  const panel = page.getByRole("dialog", { name: "History" });
  await expect(panel.getByRole("alert")).toContainText("This could not be loaded");

  // The service has another page now.
  await page.route(/\/$/, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({
      body: (await answer.text()).replace(/index-[\w-]+\.js/, "index-newer.js"),
      response: answer,
    });
  });
  await page.keyboard.press("Escape");
  await page.route(/assets\/library-page/, (route) => route.fulfill({ status: 404, body: "" }));
  await page.getByRole("link", { name: "Library" }).click();
  const main = page.getByRole("main");
  await expect(main.getByRole("heading", { name: "There is a new version" })).toBeVisible();
  expect(await violationsOf(page)).toEqual([]);
  await page.unrouteAll();
  await main.getByRole("button", { name: "Reload the page" }).click();
  await expect(page.getByRole("heading", { name: "Library", level: 1 })).toBeVisible();
  await page.goto(`/documents/${document.id}`);
  await expect(page.getByRole("textbox", { name: "Content" })).toHaveValue("Typed.");
});
