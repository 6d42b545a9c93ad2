/** The page of `examples/next`, as a user sees it. */

import type { Page } from "@playwright/test";
import { expect, Gate, test } from "./fixtures";

/** A notice of Mantine. */
const noticeOf = (page: Page, title: string) => page.getByRole("alert").filter({ hasText: title });
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

test("a new review is made, and its section is generated with live text and one notice", async ({ page, claude }) => {
  const gate = new Gate();
  claude.when("What did I deliver?", [{ text: "This quarter " }, { gate }, { text: "I shipped." }]);
  // A sign-in page of a proxy answers 200.
  const signIn = { body: "<html>Sign in</html>" };
  const created: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/api/report-builder")) created.push(request.url());
  });
  await page.goto("/");
  await page.route("/api/report-builder", (route) => route.fulfill(signIn), { times: 1 });
  await button(page, "New review").click();
  await expect(noticeOf(page, "The request failed.")).toBeVisible();
  await button(page, "New review").dblclick();
  await button(page, "Generate").click();
  expect(created).toHaveLength(2);
  await expect(page.getByText("This quarter")).toBeVisible();
  gate.open();
  await expect(page.getByText("This quarter I shipped.")).toBeVisible();
  await expect(noticeOf(page, "Draft ready")).toHaveCount(1);
  expect(claude.calls("What did I deliver?")).toBe(1);
});

test("a text is refined after an instruction", async ({ page, api, claude }) => {
  const document = await api.document("What did I refine?", "I did many good things.");
  claude.when("Say how many.", [{ text: "I did three good things." }]);
  await page.goto("/");
  await page.getByLabel("Instruction").fill("Say how many.");
  await button(page, "Refine").click();
  await expect(page.getByText("I did three good things.")).toBeVisible();
  await expect(noticeOf(page, "Refined text ready")).toHaveCount(1);
  expect((await api.block(document)).content).toBe("I did three good things.");
});

test("an analysis is followed again after a reload, and shows its themes", async ({ page, api, claude }) => {
  const mark = "Review of analyses";
  await api.document("What did I achieve?", undefined, { name: mark, description: mark });
  const gate = new Gate();
  const insight = { title: "Reliability", summary: "Payments fail less often.", evidenceIds: [] };
  const insights = { themes: [insight], strengths: [], gaps: [], recommendations: [] };
  claude.when(mark, [{ gate }, { text: JSON.stringify(insights) }]);
  await page.goto("/");
  await button(page, "Analyze").click();
  await expect.poll(() => claude.calls(mark)).toBe(1);
  // Claude may be asked before the page has the answer that names the job.
  await expect
    .poll(() => page.evaluate(() => JSON.stringify({ ...sessionStorage })))
    .toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7/);
  await page.reload();
  await expect(button(page, "Analyzing")).toBeDisabled();
  gate.open();
  await expect(page.getByRole("listitem")).toHaveText("Reliability: Payments fail less often.");
  expect(claude.calls(mark)).toBe(1);
});

test("a job is cancelled without a notice, and tried again", async ({ page, api, claude }) => {
  const prompt = "What did I cancel?";
  const document = await api.document(prompt);
  const gate = new Gate();
  claude.when(prompt, [{ text: "Not to be kept." }, { gate }]);
  await page.goto("/");
  await button(page, "Generate").click();
  await expect(page.getByText("Not to be kept.")).toBeVisible();
  await button(page, "Cancel").click();
  await expect(button(page, "Try again")).toBeVisible();
  await expect(page.getByText("Not to be kept.")).toBeHidden();
  await expect(page.getByRole("alert").filter({ hasText: /\S/ })).toHaveCount(0);
  claude.when(prompt, [{ text: "To be kept." }]);
  await button(page, "Try again").click();
  await expect(page.getByText("To be kept.")).toBeVisible();
  expect((await api.block(document)).content).toBe("To be kept.");
});

test("a reloaded page follows the job again", async ({ page, api, claude }) => {
  const prompt = "What did I reload?";
  await api.document(prompt);
  const gate = new Gate();
  claude.when(prompt, [{ text: "Half of it, " }, { gate }, { text: "and the rest." }]);
  await page.goto("/");
  await button(page, "Generate").click();
  await expect(page.getByText("Half of it,")).toBeVisible();
  await page.reload();
  await expect(page.getByText("Half of it,")).toBeVisible();
  gate.open();
  await expect(page.getByText("Half of it, and the rest.")).toBeVisible();
  await expect(noticeOf(page, "Draft ready")).toHaveCount(1);
  expect(claude.calls(prompt)).toBe(1);
});

test("a job that ended while the page was away is reported once", async ({ page, api, claude }) => {
  const prompt = "What did I miss?";
  const document = await api.document(prompt);
  const gate = new Gate();
  claude.when(prompt, [{ text: "Written " }, { gate }, { text: "unseen." }]);
  await page.goto("/");
  await button(page, "Generate").click();
  await expect(page.getByText("Written")).toBeVisible();
  await page.goto("/api/goals");
  gate.open();
  await expect.poll(async () => (await api.block(document)).content).toBe("Written unseen.");
  await page.goto("/");
  await expect(noticeOf(page, "Draft ready")).toHaveCount(1);
  // The active job is looked for after each load. Then nothing more is to be told.
  const list = page.waitForResponse(/\/jobs\?/);
  await page.reload();
  await list;
  await expect(page.getByText("Written unseen.")).toBeVisible();
  await expect(noticeOf(page, "Draft ready")).toHaveCount(0);
});

test("over the words of a person a text is proposed, and the user takes it", async ({ page, api, claude }) => {
  const prompt = "What did I propose?";
  const document = await api.document(prompt, "My own words.");
  claude.when(prompt, [{ text: "The words of the model." }]);
  await page.goto("/");
  await button(page, "Generate").click();
  await expect(noticeOf(page, "Draft ready, as a proposal")).toHaveCount(1);
  await expect(page.getByRole("blockquote")).toContainText("The words of the model.");
  expect((await api.block(document)).content).toBe("My own words.");
  await page.reload();
  await expect(page.getByRole("blockquote")).toContainText("The words of the model.");
  await page.route(/\/blocks\//, (route) => route.fulfill({ body: "<html>Sign in</html>" }), { times: 1 });
  await button(page, "Take this text").click();
  await expect(page.getByRole("blockquote").getByRole("alert")).toHaveText("The request failed.");
  await button(page, "Take this text").click();
  await expect(button(page, "Take this text")).toBeHidden();
  expect((await api.block(document)).content).toBe("The words of the model.");
});

test("the sonner variant shows the notice of a job as a toast", async ({ page, api, claude }) => {
  const prompt = "What did I toast?";
  await api.document(prompt);
  claude.when(prompt, [{ text: "Toasted." }]);
  await page.goto("/sonner");
  await button(page, "Generate").click();
  await expect(page.getByText("Toasted.")).toBeVisible();
  await expect(page.locator("[data-sonner-toast]").filter({ hasText: "Draft ready" })).toHaveCount(1);
  await expect(noticeOf(page, "Draft ready")).toHaveCount(0);
});
