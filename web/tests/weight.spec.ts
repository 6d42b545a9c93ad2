/** Measures the JavaScript and the first paint of each page, and the longest task of a long document. */

import type { CDPSession } from "@playwright/test";
import { type Api, expect, test } from "./fixtures";

/** Maximum bytes of JavaScript per page, compressed, including response headers. */
const MAX_BYTES = { "/": 188_000, "/library": 231_000, "/jobs": 400_000 };
const MAX_BYTES_OF_A_DOCUMENT = 265_000;
const BLOCKS = 40;

// Its snapshots of the page would be the longest tasks.
test.use({ trace: "off" });

/** A phone: a slow processor and a slow network. */
async function slowDown(session: CDPSession): Promise<void> {
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  const rate = (1.6 * 1024 * 1024) / 8;
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 150,
    downloadThroughput: rate,
    uploadThroughput: rate,
  });
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
}

test("the JavaScript of each page stays below its limit", async ({ page, api, user }) => {
  const { id } = await api.document(`What did I achieve? ${user}`, "I made the checkout reliable.");
  const session = await page.context().newCDPSession(page);
  await slowDown(session);
  const scripts = new Set<string>();
  let bytes = 0;
  session.on("Network.responseReceived", ({ requestId, type }) => {
    if (type === "Script") scripts.add(requestId);
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  for (const [address, maxBytes] of Object.entries({ ...MAX_BYTES, [`/documents/${id}`]: MAX_BYTES_OF_A_DOCUMENT })) {
    bytes = 0;
    await page.goto(address);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.waitForLoadState("networkidle");
    const shown = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
    const name = address.replace(id, "…").padEnd(14);
    console.log(
      `  ${name} ${(bytes / 1000).toFixed(0).padStart(4)} kB of JavaScript, shown after ${shown.toFixed(0)} ms`,
    );
    expect(bytes, address).toBeLessThanOrEqual(maxBytes);
    expect(bytes).toBeGreaterThan(10_000);
  }
});

test(`prints the longest task on a document of ${BLOCKS} blocks`, async ({ page, api, user }) => {
  const id = await longDocument(api, user);
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await page.addInitScript(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
      type: "longtask",
      buffered: true,
    });
  });
  const tasks = () => page.evaluate(() => (window as unknown as { tasks: number[] }).tasks.splice(0));
  const print = (when: string, durations: number[]) => {
    const [longest = 0, ...others] = durations.map(Math.round).sort((a, b) => b - a);
    console.log(`  ${when}: the longest task took ${longest} ms (aim: 300 ms), the others ${others.join(", ")} ms`);
  };

  await page.goto(`/documents/${id}`);
  await expect(page.locator("article")).toHaveCount(BLOCKS);
  await page.waitForLoadState("networkidle");
  print("Opening it", await tasks());
  await page.getByRole("button", { name: "Edit" }).first().click();
  await page.getByRole("textbox", { name: "Content" }).pressSequentially("Ten words");
  print("Typing", await tasks());
  await page.getByRole("textbox", { name: "Content" }).press("Control+End");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("textbox", { name: "Content" })).toHaveCount(0);
  await page.waitForLoadState("networkidle");
  print("Saving", await tasks());
});

/** A document of blocks with text of a usual length. */
async function longDocument(api: Api, user: string): Promise<string> {
  const content = (part: number) =>
    Array.from(
      { length: 4 },
      (_, index) =>
        `**Paragraph ${index} of part ${part}.** ${"I made the checkout reliable, and [the team](https://example.com) uses it. ".repeat(4)}`,
    ).join("\n\n");
  const { id } = await api.document(`Part 0 ${user}`, content(0));
  for (let part = 1; part < BLOCKS; part += 1) {
    const block = { type: "PROMPT_RESPONSE", prompt: `Part ${part} ${user}`, content: content(part) };
    await api.call("POST", `/api/report-builder/${id}/blocks`, block);
  }
  return id;
}
