/** How many requests a page sends. The numbers are printed, so that a change can be seen. */

import { expect, Gate, test } from "./fixtures";

const BLOCKS = 40;

test("a tab that becomes visible again asks once for its document, not once for each block", async ({
  page,
  api,
  claude,
  user,
}) => {
  const document = await api.document(`Part 0 ${user}`);
  for (let index = 1; index < BLOCKS; index += 1) {
    const block = { type: "PROMPT_RESPONSE", prompt: `Part ${index} ${user}` };
    await api.call("POST", `/api/report-builder/${document.id}/blocks`, block);
  }
  await page.clock.install();
  await page.goto(`/documents/${document.id}`);
  await expect(page.getByRole("button", { name: "Generate" })).toHaveCount(BLOCKS);
  // Each block that was seen may ask something.
  for (const button of await page.getByRole("button", { name: "Generate" }).all())
    await button.scrollIntoViewIfNeeded();

  const requests: string[] = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.pathname.startsWith("/api/")) requests.push(`${request.method()} ${url.pathname}${url.search}`);
  });
  /** What the page asks for in the first two seconds after it becomes visible again. */
  const comeBack = async () => {
    await page.clock.runFor(60_000);
    await page.waitForLoadState("networkidle");
    requests.length = 0;
    await page.evaluate(() => {
      window.document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
      window.dispatchEvent(new Event("focus"));
    });
    await page.clock.runFor(10);
    await expect.poll(() => requests.length).toBeGreaterThan(0);
    await page.waitForLoadState("networkidle");
    return requests.map((request) => request.replaceAll(document.id, "{id}"));
  };

  const idle = await comeBack();
  console.log(`A returning tab with ${BLOCKS} blocks asks ${idle.length} times:\n  ${idle.join("\n  ")}`);
  expect(idle.length).toBeLessThanOrEqual(3);

  const gate = new Gate();
  claude.when(user, [{ text: "Begun " }, { gate }, { text: "and done." }]);
  await api.call("POST", `/api/report-builder/${document.id}/jobs`, { type: "GENERATE" });
  await comeBack();
  await expect(async () => {
    await page.clock.runFor(1_000);
    expect(await page.getByTestId("partial-text").filter({ hasText: "Begun" }).count()).toBeGreaterThanOrEqual(10);
  }).toPass({ timeout: 120_000 });
  const texts = await page.getByTestId("partial-text").count();

  const ofOneJob = () => requests.filter((request) => /\/jobs\/[^?]+$/.test(request));
  const busy = await comeBack();
  console.log(`With ${texts} live texts, a returning tab asks ${busy.length} times:\n  ${busy.join("\n  ")}`);
  expect(ofOneJob()).toEqual([]);

  requests.length = 0;
  await page.clock.runFor(10_000);
  await page.waitForLoadState("networkidle");
  console.log(`With ${texts} live texts, the page asks ${requests.length} times in ten seconds.`);
  expect(ofOneJob()).toEqual([]);
  gate.open();
});
