/** The jobs that write blocks, as a user sees them. */

import { expect, Gate, test } from "./fixtures";

test("a block is generated with live text, and its citation opens the evidence", async ({
  page,
  api,
  claude,
  user,
}) => {
  await api.evidence({ title: "Retry failed card payments", summary: "Lost payments fell to 0.4 %." });
  const document = await api.document(`What did I achieve? ${user}`);
  const gate = new Gate();
  claude.when(user, [
    { text: "This quarter " },
    { gate },
    { text: "lost payments fell.", cites: { document: 0, start: 0, end: 1 } },
  ]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByTestId("partial-text")).toContainText("This quarter");
  await expect(page.getByRole("status").filter({ hasText: "Writing" })).toBeVisible();
  gate.open();
  await expect(page.getByTestId("partial-text")).toBeHidden();
  await expect(page.getByText("This quarter lost payments fell.")).toBeVisible();
  await expect(page.getByRole("alert").filter({ hasText: "Draft ready" })).toHaveCount(1);

  await page.getByRole("button", { name: "Source 1" }).press("Enter");
  const source = page.getByRole("dialog", { name: "Source" });
  await expect(source.getByText("Retry failed card payments")).toBeVisible();
  await expect(source.locator("blockquote")).toHaveText("Lost payments fell to 0.4 %.");
  await expect(source).not.toContainText(/summary:|title:|E1 /);
  expect(claude.calls(user)).toBe(1);
});

test("an instruction refines a text, and its history shows the change and restores the old text", async ({
  page,
  api,
  claude,
  user,
}) => {
  const document = await api.document("What did I achieve?");
  const path = `/api/report-builder/${document.id}/blocks/${document.block}`;
  await api.call("PATCH", path, { content: "I did many good things." });
  claude.when(user, [{ text: "I did three good things." }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Refine" }).click();
  await page.getByLabel("Instruction").fill(`Say how many. ${user}`);
  await page.getByRole("button", { name: "Refine now" }).click();
  await page.getByRole("button", { name: "Accept all" }).click();
  await expect(page.getByText("I did three good things.")).toBeVisible();

  await page.getByRole("button", { name: "History" }).click();
  const history = page.getByRole("dialog");
  const newest = history.getByRole("listitem").first();
  await expect(newest.locator("del")).toHaveText("many");
  await expect(newest.locator("ins")).toHaveText("three");
  await history.getByRole("button", { name: "Restore" }).last().click();
  await expect.poll(async () => (await api.block(document)).content).toBe("I did many good things.");
});

test("an analysis opens in a panel, with its insights", async ({ page, api }) => {
  await api.evidence({ title: "Retry failed card payments" });
  const document = await api.document("What did I achieve?");
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Analyze document" }).click();
  const panel = page.getByRole("dialog");
  await expect(panel).toContainText("It changes no text.");
  await panel.getByRole("textbox", { name: "Question" }).fill("Where did I help most?");
  await panel.getByRole("button", { name: "Analyze now" }).click();
  await expect(panel.getByRole("heading", { name: "Themes" })).toBeVisible();
  await expect(panel.getByLabel("Insights")).toContainText("Where did I help most?");
  await expect(panel.getByText("Payments fail less often.").first()).toBeVisible();
  expect((await api.block(document)).content).toBeNull();
});

test("a cancelled job ends immediately and writes nothing", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  const gate = new Gate();
  claude.when(user, [{ text: "Not to be kept." }, { gate }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByTestId("partial-text")).toContainText("Not to be kept.");
  await page.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByTestId("partial-text")).toBeHidden();
  await expect(page.getByRole("button", { name: "Generate" })).toBeEnabled();
  const { jobs } = await api.call("GET", "/api/report-builder/jobs");
  expect(jobs.map((job: { statusReason: string }) => job.statusReason)).toEqual(["CANCELLED"]);
  expect((await api.block(document)).content).toBeNull();
});

test("a reloaded page finds the active job", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  const gate = new Gate();
  claude.when(user, [{ text: "Half of it, " }, { gate }, { text: "and the rest." }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByTestId("partial-text")).toContainText("Half of it");
  await page.reload();
  await expect(page.getByTestId("partial-text")).toContainText("Half of it");
  gate.open();
  await expect(page.getByText("Half of it, and the rest.")).toBeVisible();
  expect(claude.calls(user)).toBe(1);
});

test("an edit during a job is not overwritten, and the page offers the draft", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`, "My own words.");
  const gate = new Gate();
  const cites = { document: 0, start: 0, end: 1 };
  await api.evidence({ title: "Retry failed card payments", summary: "Lost payments fell." });
  claude.when(user, [{ text: "The model's " }, { gate }, { text: "words.", cites }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByTestId("partial-text")).toContainText("The model's");
  await page.getByRole("button", { name: /^Edit:/ }).click();
  await page.getByRole("textbox", { name: "Content" }).fill("My better words.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("My better words.")).toBeVisible();
  gate.open();
  await expect(page.getByRole("group", { name: /^A (draft is waiting|proposal for this section)$/ })).toBeVisible();
  expect((await api.block(document)).content).toBe("My better words.");
  await page.getByRole("button", { name: "Accept all" }).click();
  await expect.poll(async () => (await api.block(document)).content).toContain("The model's words.");
  expect((await api.block(document)).citations).toHaveLength(1);
});

test("two tabs show one job, and each tab shows one notice", async ({ page, context, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  const gate = new Gate();
  claude.when(user, [{ text: "One " }, { gate }, { text: "for both." }]);
  const other = await context.newPage();
  // Both tabs look for an active job before there is one.
  for (const tab of [page, other]) {
    await tab.goto(`/documents/${document.id}`);
    await tab.bringToFront();
    await expect(tab.getByRole("button", { name: "Generate" })).toBeEnabled();
  }
  await page.bringToFront();
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByTestId("partial-text")).toContainText("One");
  await other.bringToFront();
  await expect(async () => {
    // In an automated browser every page is always visible, so the focus event must be sent by hand.
    await other.evaluate(() => window.dispatchEvent(new Event("focus")));
    await expect(other.getByTestId("partial-text")).toContainText("One", { timeout: 500 });
  }).toPass({ timeout: 120_000 });
  gate.open();
  for (const tab of [page, other]) {
    await tab.bringToFront();
    await expect(tab.getByText("One for both.")).toBeVisible();
    await expect(tab.getByRole("alert").filter({ hasText: "Draft ready" })).toHaveCount(1);
  }
  expect(claude.calls(user)).toBe(1);
});

test("a page joins a job that was started elsewhere", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  const gate = new Gate();
  claude.when(user, [{ text: "Begun " }, { gate }, { text: "elsewhere." }]);
  // The page must not find the job before the click.
  await page.route("**/api/report-builder/jobs?*", (route) => route.fulfill({ json: { jobs: [], nextCursor: null } }));
  await page.goto(`/documents/${document.id}`);
  await expect(page.getByRole("button", { name: "Generate" })).toBeEnabled();
  const order = { type: "GENERATE", documentId: document.id, blockId: document.block };
  await api.call("POST", "/api/report-builder/jobs", { ...order, prompt: `Otherwise. ${user}` });
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByText("A job is in progress on this block")).toBeVisible();
  await expect(page.getByTestId("partial-text")).toContainText("Begun");
  gate.open();
  await expect(page.getByText("Begun elsewhere.")).toBeVisible();
  expect(claude.calls(user)).toBe(1);
});

test("a job whose polling has stopped is polled again", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  const gate = new Gate();
  claude.when(user, [{ text: "Written " }, { gate }, { text: "unseen." }]);
  await page.goto(`/documents/${document.id}`);
  const isJob = (url: URL) => /\/jobs\/[^/]+$/.test(url.pathname);
  await page.route(isJob, (route) => route.fulfill({ status: 404, json: { title: "Not found", status: 404 } }));
  await page.getByRole("button", { name: "Generate" }).click();
  const lost = page.getByRole("main").getByRole("alert").filter({ hasText: "Lost track of the job" });
  await expect(lost).toBeVisible();
  await page.unroute(isJob);
  await lost.getByRole("button", { name: "Check again" }).click();
  await expect(page.getByTestId("partial-text")).toContainText("Written");
  await expect(lost).toBeHidden();
  gate.open();
  await expect(page.getByText("Written unseen.")).toBeVisible();
});

test("ten seconds offline do not lose the text of a job", async ({ page, context, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  const gate = new Gate();
  claude.when(user, [{ text: "Written " }, { gate }, { text: "meanwhile." }]);
  await page.clock.install();
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await page.clock.runFor(2_000);
  await expect(page.getByTestId("partial-text")).toContainText("Written");
  await context.setOffline(true);
  await expect(page.getByText("You are offline")).toBeVisible();
  gate.open();
  await page.clock.runFor(10_000);
  await context.setOffline(false);
  await expect(async () => {
    await page.clock.runFor(1_000);
    await expect(page.getByText("Written meanwhile.")).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 120_000 });
});

test("without a connection, the notice stays in sight and a running block says what happens", async ({
  page,
  context,
  api,
  claude,
  user,
}) => {
  const document = await api.document(`What did I achieve? ${user}`);
  const path = `/api/report-builder/${document.id}/blocks`;
  for (let index = 0; index < 8; index += 1) {
    await api.call("POST", path, { type: "TEXT", content: "A paragraph.\n\n".repeat(8) });
  }
  claude.when(user, [{ text: "Written " }, { gate: new Gate() }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByTestId("partial-text")).toContainText("Written");
  await context.setOffline(true);
  await expect(page.getByText("No connection. The job goes on, and this page catches up.")).toBeVisible();
  await page.getByRole("button", { name: "Add divider" }).scrollIntoViewIfNeeded();
  await expect(page.getByText("You are offline")).toBeInViewport({ ratio: 1 });
  await context.setOffline(false);
  await expect(page.getByText("No connection")).toHaveCount(0);
});

test("a job without news says so, and a later attempt says which it is", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  claude.when(user, [{ text: "Written " }, { gate: new Gate() }]);
  const updatedAt = new Date().toISOString();
  const progress = { phase: "GATHERING", percent: 5, message: "Reading your evidence", updatedAt };
  const lost = { status: "PROCESSING", attempt: 1, progress, updatedAt };
  await page.route(/\/jobs\/[0-9a-f-]{36}$/, async (route) => {
    const job = await (await route.fetch()).json();
    await route.fulfill({ json: { ...job, ...lost } });
  });
  await page.clock.install();
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByText("Reading your evidence")).toBeVisible();
  const silent = page.getByText("No news of this job for a while.");
  await expect(async () => {
    await page.clock.runFor(3_000);
    await expect(silent).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 60_000 });
  Object.assign(lost, { attempt: 2, updatedAt: new Date(Date.parse(updatedAt) + 30_000).toISOString() });
  await expect(async () => {
    await page.clock.runFor(3_000);
    await expect(page.getByText("attempt 2 of 3")).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 60_000 });
  await expect(silent).toHaveCount(0);
});

test("the rows of the jobs page name the prompt and the section, with one request for each document", async ({
  page,
  api,
  user,
}) => {
  const { id } = await api.document(`Part 0 ${user}`);
  const path = `/api/report-builder/${id}/blocks`;
  await api.call("POST", path, { type: "HEADING", content: "Teamwork" });
  for (let index = 1; index < 12; index += 1) {
    await api.call("POST", path, { type: "PROMPT_RESPONSE", prompt: `Part ${index} ${user}` });
  }
  await api.call("POST", `/api/report-builder/${id}/jobs`, { type: "GENERATE" });
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname, search } = new URL(request.url());
    if (pathname.includes("/blocks")) asked.push(`${pathname}${search}`);
  });
  await page.goto("/jobs");
  const rows = page.getByRole("table").getByRole("row").filter({ hasText: "Review of the year" });
  await expect(rows).toHaveCount(12);
  // Also those that were never in sight.
  await expect(rows.filter({ hasText: /Part \d+ user-/ })).toHaveCount(12);
  await expect(rows.filter({ hasText: "Teamwork" })).toHaveCount(11);
  expect(asked).toEqual([`${path}?content=headings`]);
});

test.describe("without a key", () => {
  test.use({ keyless: true });

  test("a failed job shows its error once and can be retried", async ({ page, api }) => {
    const document = await api.document("What did I achieve?");
    await page.goto(`/documents/${document.id}`);
    await page.getByRole("button", { name: "Generate" }).click();
    const notice = page.getByRole("alert").filter({ hasText: "Drafting failed" });
    await expect(notice).toHaveCount(1);
    await expect(notice).toContainText("No Anthropic API key configured");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect
      .poll(async () => (await api.call("GET", "/api/report-builder/jobs?status=FAILED")).jobs.length)
      .toBe(2);
  });
});
