/** From a prompt to a text, and what the page says meanwhile. */

import type { Page } from "@playwright/test";
import { accessible } from "./axe";
import { type Api, expect, Gate, test } from "./fixtures";

// A notice that fades in has a lower contrast.
test.use({ contextOptions: { reducedMotion: "reduce" } });

const proposalIn = (page: Page) => page.getByRole("group", { name: "A proposal for this section" });
const notice = (page: Page, title: string | RegExp) => page.locator(".mantine-Notification-root", { hasText: title });

test("Generate saves the typed prompt first, says so, and the focus moves to the new text", async ({
  page,
  api,
  claude,
  user,
}) => {
  const document = await api.document("Old prompt");
  const gate = new Gate();
  claude.when(user, [{ text: "Written " }, { gate }, { text: "from the typed prompt." }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: /^Edit:/ }).click();
  await page.getByRole("textbox", { name: "Prompt" }).fill(`What did I achieve? ${user}`);
  await expect(page.getByText("Your edit is saved before a job starts.")).toBeVisible();
  await page.getByRole("button", { name: "Generate" }).press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "Saved what you typed." })).toBeVisible();
  await expect(page.getByTestId("partial-text")).toContainText("Written");
  await expect(page.getByRole("button", { name: "Generate" })).toBeFocused();
  expect((await api.block(document)).prompt).toBe(`What did I achieve? ${user}`);
  gate.open();
  await expect(page.getByRole("group", { name: "Answer" })).toBeFocused();
  await expect(page.getByText("Written from the typed prompt.")).toBeVisible();
  await expect(notice(page, "Draft ready: What did I achieve?")).toBeVisible();
  await expect(page.getByText(/conflict|not applied/i)).toHaveCount(0);
  expect(claude.calls(user)).toBe(1);
});

test("Ctrl+Enter in the editor saves and generates, and the focus stays where the user has moved it", async ({
  page,
  api,
  claude,
  user,
}) => {
  const document = await api.document("Old prompt");
  const gate = new Gate();
  claude.when(user, [{ text: "New " }, { gate }, { text: "text." }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: /^Edit:/ }).click();
  await page.getByRole("textbox", { name: "Prompt" }).fill(`What did I learn? ${user}`);
  await page.keyboard.press("Control+Enter");
  await expect(page.getByTestId("partial-text")).toContainText("New");
  await expect(page.getByRole("article")).toBeFocused();
  await page.getByRole("button", { name: /^Analyze:/ }).focus();
  gate.open();
  await expect(page.getByRole("group", { name: "Answer" })).toContainText("New text.");
  await expect(page.getByRole("button", { name: /^Analyze:/ })).toBeFocused();
});

test("a text that cannot be saved starts no job", async ({ page, api }) => {
  const document = await api.document("Old prompt", "Before.");
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: /^Edit:/ }).click();
  await page.getByRole("textbox", { name: "Content" }).fill("Mine.");
  await api.call("PATCH", `/api/report-builder/${document.id}/blocks/${document.block}`, { content: "Theirs." });
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByRole("button", { name: "Keep mine" })).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Content" })).toHaveValue("Mine.");
  expect((await api.call("GET", "/api/report-builder/jobs")).jobs).toEqual([]);
});

test("Escape closes the editor, and asks first if something was typed", async ({ page, api }) => {
  const document = await api.document("What did I achieve?", "Before.");
  await page.goto(`/documents/${document.id}`);
  const edit = page.getByRole("button", { name: /^Edit:/ });
  const content = page.getByRole("textbox", { name: "Content" });
  await edit.click();
  await content.press("Escape");
  await expect(content).toBeHidden();
  await expect(page.getByRole("article")).toBeFocused();
  await edit.click();
  await content.fill("Typed.");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog", { name: "Discard what you typed?" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(content).toHaveValue("Typed.");
  await content.press("Escape");
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await expect(content).toBeHidden();
  expect((await api.block(document)).content).toBe("Before.");
});

test("chips fill the instruction, and a typed instruction is not lost", async ({ page, api, claude, user }) => {
  const document = await api.document("What did I achieve?", "I did many good things.");
  claude.when(user, [{ text: "I did three good things." }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Refine" }).click();
  const field = page.getByLabel("Instruction");
  for (const name of ["Shorter", "More specific", "More numbers", "For a promotion committee", "Plainer"]) {
    await page.getByText(name, { exact: true }).click();
    await expect(field).not.toHaveValue("");
    await page.getByText(name, { exact: true }).click();
    await expect(field).toHaveValue("");
  }
  await field.fill(`Mention Robin. ${user}`);
  await accessible(page, "refine");
  await field.press("Escape");
  await page.getByRole("button", { name: "Keep editing" }).click();
  await page.getByText("Shorter", { exact: true }).click();
  await field.press("Control+Enter");
  await expect(proposalIn(page)).toBeFocused();
  const { jobs } = await api.call("GET", "/api/report-builder/jobs");
  expect(jobs).toMatchObject([{ type: "REFINE", applyMode: "auto", statusReason: "PROPOSED" }]);
  expect(jobs[0].prompt).toContain("half as long");
});

test("all empty sections are drafted at once, with one progress and one notice", async ({
  page,
  api,
  claude,
  user,
}) => {
  const document = await sections(api, user);
  const gates = [new Gate(), new Gate()];
  claude.when(`first-${user}`, [{ text: "The first " }, { gate: gates[0] as Gate }, { text: "section." }]);
  claude.when(`second-${user}`, [{ text: "The second " }, { gate: gates[1] as Gate }, { text: "section." }]);
  await page.goto(`/documents/${document.id}`);
  await page
    .getByRole("button", { name: /^Edit:/ })
    .last()
    .click();
  await page.getByRole("textbox", { name: "Prompt" }).fill(`second-${user}`);
  await page.getByRole("button", { name: "Draft everything" }).click();
  const progress = page.getByRole("group", { name: "Draft the sections" });
  await expect(progress).toContainText("0 of 2 sections written");
  await expect(progress).toBeFocused();
  await expect(page.getByTestId("partial-text")).toHaveText(["The first", "The second"]);
  await accessible(page, "drafting");
  gates[0]?.open();
  await expect(progress).toContainText("1 of 2 sections written");
  await expect(page.getByText("The first section.")).toBeVisible();
  gates[1]?.open();
  await expect(page.getByText("The second section.")).toBeVisible();
  await expect(notice(page, "2 sections drafted")).toHaveCount(1);
  await expect(notice(page, "Draft ready")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Draft everything" })).toBeHidden();
  await expect(page.getByText("My own text.")).toBeVisible();
  const { jobs } = await api.call("GET", "/api/report-builder/jobs");
  expect(jobs.map((job: { applyMode: string }) => job.applyMode)).toEqual(["auto", "auto"]);
});

test("one click cancels all drafts", async ({ page, api, claude, user }) => {
  const document = await sections(api, user);
  const path = `/api/report-builder/${document.id}/blocks`;
  await api.call("POST", path, { type: "PROMPT_RESPONSE", prompt: `second-${user}` });
  claude.when(user, [{ text: "Not to be kept." }, { gate: new Gate() }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Draft everything" }).click();
  await expect(page.getByTestId("partial-text")).toHaveCount(2);
  await page.getByRole("button", { name: "Cancel all" }).click();
  await expect(page.getByTestId("partial-text")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Draft everything" })).toBeVisible();
  const { jobs } = await api.call("GET", "/api/report-builder/jobs");
  expect(jobs.map((job: { statusReason: string }) => job.statusReason)).toEqual(["CANCELLED", "CANCELLED"]);
});

test("a line beside the button says what a job reads and costs, and only when it is wanted", async ({ page, api }) => {
  const document = await api.document("What did I achieve?", "My own words.");
  await api.call("POST", `/api/report-builder/${document.id}/blocks`, {
    type: "PROMPT_RESPONSE",
    prompt: "What next?",
  });
  const asked: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/dry-run")) asked.push(request.url());
  });
  await page.goto(`/documents/${document.id}`);
  const generate = page.getByRole("button", { name: "Generate" });
  await expect(generate).toHaveCount(2);
  await page.waitForLoadState("networkidle");
  expect(asked).toEqual([]);
  await generate.first().hover();
  const estimate = page.getByTestId("estimate");
  await expect(estimate).toContainText(/^1 match · 1 read · (less than|about) \$\d+\.\d\d · \d/);
  await expect(estimate).toContainText("Your own text stays");
  await page.getByRole("button", { name: "Draft everything" }).focus();
  await expect(estimate).toHaveCount(2);
  expect(asked).toHaveLength(2);
  await accessible(page, "estimate");
});

test("without evidence, the page asks before it writes", async ({ page, api, claude, user }) => {
  const period = { start: "1990-01-01", end: "1990-12-31" };
  const document = await api.document(`What did I achieve? ${user}`, undefined, {
    contextConfig: { evidenceDateRange: period },
  });
  claude.when(user, [{ text: "Written from nothing." }]);
  await page.goto(`/documents/${document.id}`);
  for (const name of ["Generate", "Draft everything"]) {
    await page.getByRole("button", { name }).click();
    const dialog = page.getByRole("dialog", { name: "Nothing matches. Write anyway?" });
    await dialog.getByRole("button", { name: "Not now" }).click();
    await expect(dialog).toBeHidden();
  }
  expect((await api.call("GET", "/api/report-builder/jobs")).jobs).toEqual([]);
  await page.getByRole("button", { name: "Generate" }).click();
  await page.getByRole("button", { name: "Write anyway" }).click();
  await expect(page.getByText("Written from nothing.")).toBeVisible();
});

test("a text that was cut says so until it is changed, also after a reload", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  claude.when(user, [{ text: "This text ends" }, { stop: "max_tokens" }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  const cut = page.getByRole("article").getByRole("alert").filter({ hasText: "The text ends early" });
  await expect(cut).toBeVisible();
  await expect(notice(page, "but cut short")).toHaveAttribute("style", /yellow/);
  await page.reload();
  await expect(cut).toBeVisible();
  await api.call("PATCH", `/api/report-builder/${document.id}/blocks/${document.block}`, { content: "Whole." });
  await page.reload();
  await expect(page.getByText("Whole.")).toBeVisible();
  await page.waitForLoadState("networkidle");
  await expect(cut).toBeHidden();
});

test("a job that waits for another try says so, without a percentage", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  claude.when(user, [{ text: "Written." }, { gate: new Gate() }]);
  await page.route(/\/jobs\/[0-9a-f-]{36}$/, async (route) => {
    const response = await route.fetch();
    const job = await response.json();
    const message = "Claude is overloaded. Trying again soon.";
    const progress = { ...job.progress, phase: "QUEUED", percent: 0, message, partialText: null };
    await route.fulfill({ json: { ...job, status: "PENDING", attempt: 1, progress } });
  });
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByText("The next try starts soon")).toBeVisible();
  await expect(page.getByText("Claude is overloaded. Trying again soon.")).toBeVisible();
  await expect(page.getByText(/Waiting for its turn|%/)).toHaveCount(0);
});

test("a sample text of the offline writer names no model", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`);
  claude.when(user, [{ text: "A sample." }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByText(/^Last draft by claude-/)).toBeVisible();
  const path = `/api/report-builder/${document.id}/blocks/${document.block}`;
  await api.call("PATCH", path, { metadata: { model: "offline-writer" } });
  await page.reload();
  await expect(page.getByText("Sample text of the offline writer, not of Claude")).toBeVisible();
  await expect(page.getByText(/Last draft by|\$/)).toHaveCount(0);
});

test.describe("without a key", () => {
  test.use({ keyless: true });

  test("a failure stays after a reload until it is dismissed", async ({ page, api }) => {
    const document = await api.document("What did I achieve?");
    await page.goto(`/documents/${document.id}`);
    await page.getByRole("button", { name: "Generate" }).click();
    const failed = page.getByRole("article").getByRole("alert").filter({ hasText: "The job failed" });
    await expect(failed).toBeVisible();
    await page.reload();
    await expect(failed).toContainText("No Anthropic API key configured");
    await failed.getByRole("button", { name: "Dismiss" }).click();
    await expect(failed).toBeHidden();
    await page.reload();
    await page.waitForLoadState("networkidle");
    await expect(failed).toBeHidden();
  });
});

/** A document with a text of the user, an empty section with the prompt `first-…`, and one without a prompt. */
async function sections(api: Api, user: string) {
  const document = await api.document("Mine", "My own text.");
  const path = `/api/report-builder/${document.id}/blocks`;
  await api.call("POST", path, { type: "PROMPT_RESPONSE", prompt: `first-${user}` });
  await api.call("POST", path, { type: "PROMPT_RESPONSE" });
  return document;
}
