/** The page of a job, and what the pages say while Claude is busy, without a connection and without a sign-in. */

import { violationsOf } from "./axe";
import { expect, Gate, test } from "./fixtures";

const JOBS = "/api/report-builder/jobs";
const SHOTS = process.env.SHOTS;

test("the row of a job leads to its page, which tells how it went and what it took", async ({
  page,
  api,
  claude,
  user,
}) => {
  await api.evidence({ title: "Retry failed card payments", summary: "Lost payments fell." });
  const document = await api.document(`What did I achieve? ${user}`);
  claude.when(user, [{ text: "Lost payments fell." }]);
  const order = { type: "GENERATE", documentId: document.id, blockId: document.block };
  const { jobId } = await api.call("POST", JOBS, order);
  await expect.poll(async () => (await api.call("GET", `${JOBS}/${jobId}`)).status).toBe("COMPLETED");

  const read: string[] = [];
  page.on("request", (request) => read.push(new URL(request.url()).pathname));
  await page.goto("/jobs");
  await page.getByRole("link", { name: `What did I achieve? ${user}` }).click();
  await expect(page).toHaveURL(`/jobs/${jobId}`);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("What did I achieve?");
  const main = page.getByRole("main");
  await expect(main.getByRole("status").filter({ hasText: "Completed" })).toBeVisible();
  await expect(main.getByRole("listitem").filter({ hasText: "Claude was asked" })).toHaveCount(1);
  await expect(main.getByRole("listitem").last()).toContainText("Done");
  await expect(main).toContainText("1 matched, 1 piece read, none left out");
  await expect(main).toContainText("1,200 in, 240 out, 0 from cache");
  await expect(main).toContainText("$0.");
  // The section has the text, so the page does not show it again.
  await expect(page.getByTestId("job-text")).toHaveCount(0);
  expect(read).not.toContain(`/api/report-builder/${document.id}`);
  expect(await violationsOf(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/job-done.png`, fullPage: true });
  if (SHOTS) {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: `${SHOTS}/job-done-phone.png`, fullPage: true });
    expect(await violationsOf(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 900 });
  }
  await page.getByRole("link", { name: "Review of the year" }).click();
  await expect(page).toHaveURL(`/documents/${document.id}#${document.block}`);
});

test("the page follows a running job, cancels it and retries it", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  const gate = new Gate();
  claude.when(user, [{ text: "Half of it, " }, { gate }, { text: "and the rest." }]);
  const order = { type: "GENERATE", documentId: document.id, blockId: document.block };
  const { jobId } = await api.call("POST", JOBS, order);
  await page.goto(`/jobs/${jobId}`);
  await expect(page.getByTestId("job-text")).toContainText("Half of it");
  await expect(page.getByRole("listitem").last()).toContainText("the model has been writing for");
  expect(await violationsOf(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/job-running.png`, fullPage: true });
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Cancelled" })).toContainText("Retry it");
  await expect(page.getByRole("listitem").last()).toContainText("Cancelled");
  gate.open();
  await page.getByRole("button", { name: "Retry" }).click();
  await expect(page).not.toHaveURL(`/jobs/${jobId}`);
  await expect(page.getByRole("status").filter({ hasText: "Completed" })).toBeVisible();
  await page.getByRole("link", { name: "a job that failed" }).click();
  await expect(page).toHaveURL(`/jobs/${jobId}`);
});

test("the page keeps the text of a proposal, which no section has", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`, "My own words.");
  claude.when(user, [{ text: "The proposed words." }]);
  const order = { type: "GENERATE", documentId: document.id, blockId: document.block, applyMode: "propose" };
  const { jobId } = await api.call("POST", JOBS, order);
  await page.goto(`/jobs/${jobId}`);
  await expect(page.getByTestId("job-text")).toContainText("The proposed words.");
  await expect(page.getByRole("status").filter({ hasText: "proposed" })).toContainText("The text waits in its section");
  expect(await violationsOf(page)).toEqual([]);
});

test("an accepted and a declined proposal say so", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`, "My own words.");
  const path = `/api/report-builder/${document.id}/blocks/${document.block}`;
  claude.when(user, [{ text: "The proposed words." }]);
  const order = { type: "GENERATE", documentId: document.id, blockId: document.block, applyMode: "propose" };
  const propose = async () => {
    const { jobId } = await api.call("POST", JOBS, order);
    await expect.poll(async () => (await api.call("GET", `${JOBS}/${jobId}`)).status).toBe("COMPLETED");
    return jobId as string;
  };
  const taken = await propose();
  await api.call("PATCH", path, { fromJob: taken });
  await page.goto(`/jobs/${taken}`);
  const status = page.getByRole("main").getByRole("status");
  await expect(status).toContainText("Completed · accepted");
  await expect(status).toContainText("You took the text into its section.");
  await expect(page.getByText("did not take")).toHaveCount(0);

  const declined = await propose();
  await api.call("PATCH", path, { metadata: { decidedJobId: declined } });
  await page.goto(`/jobs/${declined}`);
  await expect(status).toContainText("You kept your own words.");
  await expect(page.getByRole("heading", { name: "The text that the section did not take" })).toBeVisible();
  await page.goto("/jobs");
  for (const label of ["Completed · accepted", "Completed · declined"]) {
    const badge = page.getByText(label, { exact: true });
    await expect(badge).toBeVisible();
    const [shown, whole] = await badge.evaluate((element) => [element.clientWidth, element.scrollWidth]);
    expect(shown).toBeGreaterThanOrEqual(whole ?? 0);
  }
});

test("while Claude is busy, the list and the page say when it is asked again", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  const gate = new Gate();
  claude.when(user, [{ gate }, { text: "Done." }]);
  const order = { type: "GENERATE", documentId: document.id, blockId: document.block };
  const { jobId } = await api.call("POST", JOBS, order);
  const nextAttemptAt = new Date(2026, 9, 1, 12, 3).toISOString();
  const waiting = { status: "PENDING", attempt: 1, nextAttemptAt };
  await page.route(`**${JOBS}/${jobId}`, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...(await answer.json()), ...waiting } });
  });
  await page.route(`**${JOBS}?*`, async (route) => {
    const answer = await (await route.fetch()).json();
    await route.fulfill({ json: { ...answer, jobs: answer.jobs.map((job: object) => ({ ...job, ...waiting })) } });
  });
  await page.route(`**${JOBS}`, async (route) => {
    const answer = await (await route.fetch()).json();
    await route.fulfill({ json: { ...answer, jobs: answer.jobs.map((job: object) => ({ ...job, ...waiting })) } });
  });
  await page.goto("/jobs");
  await expect(page.getByText(/^Claude is busy, next try 12:03/)).toBeVisible();
  await page.goto(`/jobs/${jobId}`);
  await expect(page.getByRole("status").getByText(/^Claude is busy, next try 12:03/)).toBeVisible();
  await expect(page.getByText("attempt 1 of 3")).toBeVisible();
  gate.open();
});

test("without a connection, a page that was not loaded says so, and loads when it is back", async ({
  page,
  context,
}) => {
  await page.goto("/");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await context.setOffline(true);
  await page.getByRole("link", { name: "Jobs" }).click();
  const main = page.getByRole("main");
  await expect(main.getByRole("heading", { name: "There is no connection" })).toBeVisible();
  await expect(main).not.toContainText(/error in the page|fault/);
  expect(await violationsOf(page)).toEqual([]);
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/offline.png` });
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(main).toContainText("There is still no connection.");
  await context.setOffline(false);
  await expect(page.getByRole("heading", { name: "Jobs", level: 1 })).toBeVisible();
});

test("a person who is not signed in is told to sign in again, and of no header", async ({ page }) => {
  const detail = "Sign in: Authorization: Bearer <one of the names that this runner was started with>.";
  const problem = { type: "about:blank", title: "Unauthorized", status: 401, code: "UNAUTHORIZED", detail };
  await page.route("**/api/**", (route) =>
    route.fulfill({ status: 401, json: { ...problem, error: detail, retryable: false, errors: [] } }),
  );
  await page.goto("/jobs/01a21c73-5005-73e6-87bb-454d8b9606ec");
  await expect(page.getByRole("alert").filter({ hasText: "You are not signed in" })).toContainText("Sign in again.");
  await expect(page.getByText("Bearer")).toHaveCount(0);
});

test.describe("without a key", () => {
  test.use({ keyless: true });

  test("a failed job says why and what to do, and costs nothing", async ({ page, api }) => {
    const document = await api.document("What did I achieve?");
    const order = { type: "GENERATE", documentId: document.id, blockId: document.block };
    const { jobId } = await api.call("POST", JOBS, order);
    await page.goto(`/jobs/${jobId}`);
    const status = page.getByRole("status").filter({ hasText: "Failed" });
    await expect(status).toContainText("No Anthropic API key configured");
    await expect(status).toContainText("Ask your operator");
    await expect(page.getByRole("main")).not.toContainText("$");
    expect(await violationsOf(page)).toEqual([]);
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/job-failed.png`, fullPage: true });
  });
});
