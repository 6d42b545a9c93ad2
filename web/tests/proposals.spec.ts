/** The words of a person are replaced only when this person accepts the new ones. */

import type { Page } from "@playwright/test";
import { accessible } from "./axe";
import { expect, test } from "./fixtures";

// A notice that fades in has a lower contrast.
test.use({ contextOptions: { reducedMotion: "reduce" } });

const proposalIn = (page: Page) => page.getByRole("group", { name: "A proposal for this section" });
const notice = (page: Page, title: string | RegExp) => page.locator(".mantine-Notification-root", { hasText: title });

test("a text of the user stays, and a rewrite is proposed beside it, accepted and undone", async ({
  page,
  api,
  claude,
  user,
}) => {
  const document = await api.document(`What did I achieve? ${user}`, "My own words.");
  const cites = { document: 0, start: 0, end: 1 };
  claude.when(user, [{ text: "Fewer payments were lost this quarter.", cites }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  const proposal = proposalIn(page);
  await expect(proposal).toBeFocused();
  await expect(proposal.getByRole("group", { name: "Your text" })).toHaveText("My own words.");
  await expect(proposal.getByRole("group", { name: "The proposal" })).toContainText("Fewer payments were lost");
  await expect(proposal.locator("del, ins")).toHaveCount(0);
  await expect(proposal.getByRole("button", { name: /paragraph/ })).toHaveCount(0);
  const proposed = notice(page, "Draft ready, as a proposal: What did I achieve?");
  await expect(proposed.getByRole("button", { name: "Show" })).toBeVisible();
  await expect(proposed.getByRole("button", { name: "Undo" })).toHaveCount(0);
  await accessible(page, "proposal");
  expect((await api.block(document)).content).toBe("My own words.");

  await proposal.getByRole("button", { name: "Accept all" }).dblclick();
  await expect(proposal).toBeHidden();
  await expect(page.getByRole("article")).toBeFocused();
  expect((await api.block(document)).citations).toHaveLength(1);
  await notice(page, "Proposal accepted").getByRole("button", { name: "Undo" }).click();
  await expect(notice(page, "Undone")).toBeVisible();
  await expect(page.getByText("My own words.")).toBeVisible();
  expect(await api.block(document)).toMatchObject({ content: "My own words.", contentBy: "USER" });
});

test("single paragraphs of a proposal are accepted", async ({ page, api, claude, user }) => {
  const mine = "I led the work on payments.\n\nI helped Robin with the tests.\n\nI wrote the guide for new colleagues.";
  const theirs =
    "I led all the work on card payments.\n\nI helped Robin with the tests.\n\nI wrote the guide for all new colleagues.";
  const document = await api.document(`What did I achieve? ${user}`, mine);
  await api.evidence({ title: "Card payments" });
  claude.when(user, [{ text: theirs, cites: { document: 0, start: 0, end: 1 } }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  const proposal = proposalIn(page);
  await expect(proposal).toContainText("The sources follow with the last paragraph you accept.");
  const accept = proposal.getByRole("button", { name: "Accept this paragraph" });
  await expect(accept).toHaveCount(2);
  await expect(proposal.locator("ins")).toHaveText(["all ", "card ", "all "]);
  await accessible(page, "paragraphs");
  await accept.first().click();
  await expect(accept).toHaveCount(0);
  await expect
    .poll(async () => (await api.block(document)).content)
    .toBe(mine.replace("the work on", "all the work on card"));
  await page.reload();
  await expect(proposal.locator("ins")).toHaveText(["all "]);
  await proposal.getByRole("button", { name: "Keep mine" }).click();
  await expect(proposal).toBeHidden();
  // Another browser knows of the decision, too.
  await page.evaluate(() => {
    for (const key of Object.keys(localStorage)) if (/decided/.test(key)) localStorage.removeItem(key);
  });
  await page.reload();
  await expect(page.getByText("I led all the work on card payments.")).toBeVisible();
  await expect(page.getByRole("button", { name: "Generate" })).toBeVisible();
  await page.waitForLoadState("networkidle");
  await expect(proposal).toBeHidden();
  expect((await api.block(document)).metadata.decidedJobId).toBeTruthy();
});

test("a proposal is not taken over a newer text", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`, "My own words.");
  claude.when(user, [{ text: "Fewer payments were lost." }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(proposalIn(page)).toBeVisible();
  await api.call("PATCH", `/api/report-builder/${document.id}/blocks/${document.block}`, {
    content: "My newer words.",
  });
  await proposalIn(page).getByRole("button", { name: "Accept all" }).click();
  await expect(proposalIn(page).getByText("The decision cannot be saved")).toBeVisible();
  await expect(proposalIn(page).getByRole("group", { name: "Your text" })).toHaveText("My newer words.");
  expect((await api.block(document)).content).toBe("My newer words.");
});

test("a draft that replaced a text of a job can be undone, but not over a later edit", async ({
  page,
  api,
  claude,
  user,
}) => {
  const document = await api.document(`What did I achieve? ${user}`);
  claude.when(user, [{ text: "The first draft." }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByText("The first draft.")).toBeVisible();
  claude.when(user, [{ text: "The second draft." }]);
  await notice(page, "Draft ready").getByRole("button", { name: "Close the notice" }).click();
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByText("The second draft.")).toBeVisible();
  await page.getByRole("button", { name: "Analyze document" }).focus();
  await notice(page, "Draft ready").getByRole("button", { name: "Show" }).click();
  await expect(page.getByRole("article")).toBeFocused();
  await notice(page, "Draft ready").getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("The first draft.")).toBeVisible();

  claude.when(user, [{ text: "A third draft." }]);
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(proposalIn(page)).toContainText("A third draft.");
  await proposalIn(page).getByRole("button", { name: "Accept all" }).click();
  const accepted = notice(page, "Proposal accepted");
  await expect(accepted).toBeVisible();
  await api.call("PATCH", `/api/report-builder/${document.id}/blocks/${document.block}`, { content: "Edited." });
  await accepted.getByRole("button", { name: "Undo" }).click();
  await expect(notice(page, "Not undone")).toBeVisible();
  expect((await api.block(document)).content).toBe("Edited.");
});

test("a draft that no edit could wait for offers another try, which proposes", async ({ page, api, claude, user }) => {
  const document = await api.document(`What did I achieve? ${user}`, "My own words.");
  claude.when(user, [{ text: "Fewer payments were lost." }]);
  await page.goto(`/documents/${document.id}`);
  await page.route(/\/jobs\?.*FAILED/, async (route) => {
    const response = await route.fetch();
    const { jobs, nextCursor } = await response.json();
    const detail = { error: "The text was edited before this job could start.", completedAt: "2099-01-01T00:00:00Z" };
    const job = { status: "FAILED", statusReason: "NOT_APPLIED", result: null, ...detail };
    const done = jobs.map((one: object) => ({ ...one, ...job }));
    await route.fulfill({ json: { jobs: done, nextCursor } });
  });
  const order = { type: "GENERATE", documentId: document.id, blockId: document.block, applyMode: "propose" };
  const { jobId } = await api.call("POST", "/api/report-builder/jobs", order);
  await expect.poll(async () => (await api.call("GET", `/api/report-builder/jobs/${jobId}`)).status).toBe("COMPLETED");
  await page.reload();
  await expect(page.getByText("You edited the text before the job could start")).toBeVisible();
  const retried = page.waitForRequest(/\/retry$/);
  await page.getByRole("button", { name: "Try again" }).click();
  expect((await retried).postDataJSON()).toEqual({ applyMode: "auto" });
});

for (const [size, viewport] of Object.entries({
  desktop: { width: 1280, height: 900 },
  phone: { width: 390, height: 844 },
})) {
  test.describe(size, () => {
    test.use({ viewport, colorScheme: "dark" });

    test("a proposal is accessible in the dark and fits the screen", async ({ page, api, claude, user }) => {
      const document = await api.document(`What did I achieve? ${user}`, "I led the work.\n\nI helped Robin.");
      claude.when(user, [{ text: "I led all the work.\n\nI helped Robin." }]);
      await page.goto(`/documents/${document.id}`);
      await page.getByRole("button", { name: "Generate" }).click();
      await expect(proposalIn(page)).toBeVisible();
      await accessible(page, `dark-${size}`);
      const overflow = await page.evaluate(() => window.document.documentElement.scrollWidth - window.innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    });
  });
}
