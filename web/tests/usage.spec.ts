/** The page of jobs says what each job is about, and what was spent, day by day and against the budget. */

import { expect, test } from "./fixtures";

test("a job is named by its prompt, and a day without jobs is on the axis", async ({ page, api, claude, user }) => {
  const prompt = `What did I achieve in this half-year? ${user}`;
  const document = await api.document(prompt);
  claude.when(user, [{ text: "I achieved much." }]);
  const order = { type: "GENERATE", documentId: document.id, blockId: document.block };
  await api.call("POST", "/api/report-builder/jobs", order);
  await expect.poll(async () => (await api.block(document)).content).not.toBeNull();
  const whole: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith(`/api/report-builder/${document.id}`)) whole.push(request.url());
  });
  await page.goto("/jobs");
  const row = page.getByRole("row").filter({ hasText: "Completed" });
  await expect(row.getByRole("link", { name: prompt })).toBeVisible();
  await expect(row).toContainText("Generate · Review of the year");
  await expect(page.getByRole("region", { name: "Budget of today" })).toContainText(/spent today, \$[\d.]+ left until/);
  const chart = page.getByRole("img", { name: /^Tokens per day/ });
  await expect(chart.locator(".recharts-cartesian-axis-tick")).not.toHaveCount(0);
  const days = await chart.locator(".recharts-cartesian-axis-tick").allTextContents();
  expect(days.length).toBeGreaterThan(1);
  expect(days.join()).not.toMatch(/\d{4}-\d\d/);
  expect(whole).toEqual([]);
  await api.call("DELETE", `/api/report-builder/${document.id}`);
  await page.reload();
  await expect(row).toContainText("Deleted document");
});
