/**
 * Jobs of a model that obeys hostile texts, and of a person whose own texts are hostile: analyses, refined texts that
 * are proposed beside the person's own, and jobs that fail.
 */

import { type Api, expect, test } from "./fixtures";
import { addEvidence, CITED, endedJobs, HOSTILE, harmIn, hostileTexts, print, watch } from "./hostile-texts";

const JOBS = "/api/report-builder/jobs";

/** Every shape with every host, each between other words. */
const TEXTS = HOSTILE.around.flatMap((around, part) =>
  hostileTexts(around).filter((_, index) => index % HOSTILE.around.length === part),
);

test("an analysis that obeys in every field", async ({ page, api, claude, user }) => {
  const texts = HOSTILE.around.flatMap(hostileTexts);
  const seen = watch(page);
  await addEvidence(api, TEXTS);
  const { id } = await api.document(`What stands out? ${user}`);
  const every = (part: number) => texts.filter((_, index) => index % 3 === part);
  const insights = {
    themes: every(0).map((text) => ({ title: text, summary: text, evidence: ["E1", text] })),
    strengths: every(1).map((text) => ({ title: text, summary: text, evidence: text, goals: [text], reviews: [text] })),
    gaps: every(2),
    recommendations: ["Go on."],
  };
  const question = `Question of ${user}.`;
  claude.when(question, [{ text: JSON.stringify(insights) }]);

  await page.goto(`/documents/${id}`);
  await page.getByRole("button", { name: "Analyze document" }).click();
  const panel = page.getByRole("dialog");
  await panel.getByRole("textbox", { name: "Question" }).fill(`${question}\n${texts.join("\n")}`.slice(0, 4_000));
  await panel.getByRole("button", { name: "Analyze now" }).click();
  const shown = panel.getByLabel("Insights");
  const headings = shown.getByRole("heading", { level: 3 });
  await expect(headings).toHaveText(["Themes", "Strengths", "Gaps", "Recommendations"]);
  await expect(shown.getByRole("list", { name: "Evidence" })).not.toHaveCount(0);
  expect(await harmIn(page, [])).toEqual([]);
  await shown.getByRole("list", { name: "Evidence" }).first().getByRole("button").click();
  await expect(page.getByRole("link", { name: CITED })).toBeVisible();
  expect(await harmIn(page, [CITED])).toEqual([]);

  const { jobs } = await api.call("GET", `${JOBS}?documentId=${id}`);
  await page.goto(`/jobs/${jobs[0].jobId}`);
  await expect(page.getByTestId("job-text")).toContainText("Recommendations");
  expect(await harmIn(page, [])).toEqual([]);
  expect(seen).toEqual([]);
});

test("refined texts beside a person's own", async ({ page, api, claude, user }) => {
  const seen = watch(page);
  await addEvidence(api, TEXTS);
  const { id } = await api.call("POST", "/api/report-builder", {
    name: "Review",
    contextConfig: { maxEvidence: 10 },
  });
  const cites = { document: 0, start: 0, end: 1 };
  const blocks: string[] = [];
  for (const [index, text] of TEXTS.entries()) {
    const mark = `part ${index} of ${user}`;
    // Every second answer has a paragraph in common with the person's text, so that single paragraphs are offered.
    const answer = index % 2 === 1 ? text : `${text}\n\nI helped Robin with all tests.\n\n${text}`;
    claude.when(mark, [{ text: answer, cites }]);
    const content = `# Work\n\nI led ${mark}.\n\nI helped Robin with tests.`;
    const block = { type: "PROMPT_RESPONSE", prompt: "What did I do?", content };
    blocks.push((await api.call("POST", `/api/report-builder/${id}/blocks`, block)).id);
  }
  await page.goto(`/documents/${id}`);
  await page.getByRole("button", { name: "Refine:" }).first().click();
  await page.getByRole("textbox", { name: "Instruction" }).fill(TEXTS.join("\n").slice(0, 4_000));
  await page.getByRole("button", { name: "Refine now" }).click();
  for (const blockId of blocks.slice(1)) {
    await api.call("POST", JOBS, { type: "REFINE", documentId: id, blockId, applyMode: "propose", prompt: TEXTS[0] });
  }
  await expect.poll(() => endedJobs(api, id)).toBe(TEXTS.length);
  const proposed = await proposedJobs(api, id);
  expect(proposed.length).toBeGreaterThan(50);

  await page.reload();
  const proposals = page.getByRole("group", { name: "A proposal for this section" });
  await expect(proposals).toHaveCount(proposed.length);
  await expect(proposals.getByRole("button", { name: "Accept this paragraph" })).not.toHaveCount(0);
  await expect(proposals.getByRole("button", { name: "Source 1" })).not.toHaveCount(0);
  expect(await harmIn(page, [CITED])).toEqual([]);
  // A paragraph alone is as harmless as the whole text.
  const accepted = await proposals.evaluateAll((groups) => {
    const buttons = groups.map((group) => [...group.querySelectorAll("button")]);
    const first = buttons.flatMap((all) => all.find((button) => button.textContent === "Accept this paragraph") ?? []);
    for (const button of first) button.click();
    return first.length;
  });
  const ofAPerson = async () => {
    const { blocks } = await api.call("GET", `/api/report-builder/${id}`);
    return blocks.filter(
      ({ content }: { content: string }) => !/^# Work\n\nI led .*\n\nI helped Robin with tests\.$/.test(content),
    );
  };
  await expect.poll(async () => (await ofAPerson()).length).toBe(accepted);
  expect(await harmIn(page, [CITED])).toEqual([]);
  await page.reload();
  await expect(proposals).toHaveCount(proposed.length);
  expect(await harmIn(page, [CITED])).toEqual([]);
  await proposals.first().getByRole("button", { name: "Accept all" }).click();
  await expect(proposals).toHaveCount(proposed.length - 1);
  expect(await harmIn(page, [CITED])).toEqual([]);
  for (const { jobId, blockId } of proposed) {
    await api.call("PATCH", `/api/report-builder/${id}/blocks/${blockId}`, { fromJob: jobId });
  }
  await page.reload();
  await expect(proposals).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Source 1" })).toHaveCount(proposed.length);
  expect(await harmIn(page, [CITED])).toEqual([]);
  await print(page);
  expect(await harmIn(page, [CITED])).toEqual([]);
  await page.goto(`/jobs/${proposed.at(-1)?.jobId}`);
  await expect(page.getByRole("heading", { name: "How it went" })).toBeVisible();
  expect(await harmIn(page, [CITED])).toEqual([]);
  expect(seen).toEqual([]);
});

test("a person's own hostile text beside an answer, and beside a newer version", async ({
  page,
  api,
  claude,
  user,
}) => {
  const seen = watch(page);
  const own = `${TEXTS.join("\n\n")}\n\nI helped Robin.`;
  const document = await api.document(`What did I achieve? ${user}`, own);
  claude.when(user, [{ text: own.replace("Robin", "Robin and the team") }]);
  await page.goto(`/documents/${document.id}`);
  await page.getByRole("button", { name: "Refine:" }).click();
  await page.getByRole("button", { name: "Refine now" }).click();
  const proposal = page.getByRole("group", { name: "A proposal for this section" });
  await expect(proposal).toBeVisible();
  expect(await harmIn(page, null)).toEqual([]);

  await page.getByRole("button", { name: /^Edit:/ }).click();
  const content = page.getByRole("textbox", { name: "Content" });
  await content.fill(`${await content.inputValue()} And I type.`);
  await api.call("PATCH", `/api/report-builder/${document.id}/blocks/${document.block}`, {
    content: TEXTS.toReversed().join("\n\n"),
  });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("group", { name: "Newer version" })).toBeVisible();
  expect(await harmIn(page, null)).toEqual([]);
  await page.getByRole("button", { name: "Use the newer version" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
  await expect(page.getByRole("group", { name: "Newer version" })).toBeHidden();
  expect(await harmIn(page, null)).toEqual([]);
  expect(seen).toEqual([]);
});

test("jobs that fail, with hostile texts in the prompt and in what the model and its server say", async ({
  page,
  api,
  claude,
  user,
}) => {
  const texts = TEXTS.slice(0, TEXTS.length / 2);
  const seen = watch(page);
  const { id } = await api.document(`The first part of ${user}.`);
  const path = `/api/report-builder/${id}/blocks`;
  const blocks: string[] = [];
  for (const [index, text] of texts.entries()) {
    const mark = `Text ${index} of ${user}.`;
    claude.when(mark, index % 2 === 0 ? [{ text }, { refusal: text }] : [{ error: text }]);
    await api.call("POST", path, { type: "HEADING", content: text });
    const block = { type: "PROMPT_RESPONSE", prompt: `${text}\n${mark}`, content: null };
    blocks.push((await api.call("POST", path, block)).id);
  }
  await page.goto(`/documents/${id}`);
  for (const blockId of blocks.slice(1)) await api.call("POST", JOBS, { type: "GENERATE", documentId: id, blockId });
  await page.getByRole("button", { name: "Generate:" }).nth(1).click();
  const notice = page.locator(".mantine-Notification-root", { hasText: "Claude declined to write this." });
  await expect(notice.first()).toBeVisible();
  expect(await harmIn(page, null)).toEqual([]);
  await expect.poll(() => endedJobs(api, id)).toBe(texts.length);

  await page.reload();
  const failed = page.getByRole("alert").filter({ hasText: "The job failed" });
  await expect(failed).toHaveCount(texts.length);
  // The service says in its own words what went wrong.
  const said = "The job failed(Claude declined to write this. Change.*|Claude rejected the request.*)Try againDismiss";
  await expect(failed).toHaveText(texts.map(() => new RegExp(`^${said}$`)));
  expect(await harmIn(page, null)).toEqual([]);

  const mark = `An analysis of ${user}.`;
  claude.when(mark, [{ text: texts[0] ?? "" }, { refusal: texts[0] ?? "" }]);
  await page.getByRole("button", { name: "Analyze document" }).click();
  const panel = page.getByRole("dialog");
  await panel.getByRole("textbox", { name: "Question" }).fill(`${mark}\n${texts.join("\n")}`.slice(0, 4_000));
  await panel.getByRole("button", { name: "Analyze now" }).click();
  await expect(panel.getByRole("alert")).toContainText("Claude declined to write this.");
  expect(await harmIn(page, null)).toEqual([]);

  await page.goto("/jobs");
  await expect(page.getByRole("table")).toContainText("Claude declined to write this.");
  expect(await harmIn(page, null)).toEqual([]);
  for (const { jobId } of (await api.call("GET", `${JOBS}?documentId=${id}&status=FAILED`)).jobs.slice(0, 3)) {
    await page.goto(`/jobs/${jobId}`);
    await expect(page.getByRole("status").filter({ hasText: "Failed" })).toContainText("Claude");
    expect(await harmIn(page, null)).toEqual([]);
  }
  expect(seen).toEqual([]);
});

/** The jobs of a document that have a text, which waits for a decision. */
async function proposedJobs(api: Api, documentId: string): Promise<{ jobId: string; blockId: string }[]> {
  const { jobs } = await api.call("GET", `${JOBS}?documentId=${documentId}&limit=100`);
  return jobs.filter(({ statusReason }: { statusReason: string }) => statusReason === "PROPOSED");
}
