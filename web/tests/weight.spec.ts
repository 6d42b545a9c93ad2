/** Measures the JavaScript and the first paint of each page on a throttled connection. Limits the JavaScript. */

import { expect, test } from "./fixtures";

/** Maximum bytes of JavaScript per page, compressed, including response headers. */
const MAX_BYTES = { "/": 250_000, "/library": 280_000, "/jobs": 400_000 };

test("the JavaScript of each page stays below its limit", async ({ page, api, user }) => {
  const { id } = await api.document(`What did I achieve? ${user}`);
  const session = await page.context().newCDPSession(page);
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
  const scripts = new Set<string>();
  let bytes = 0;
  session.on("Network.responseReceived", ({ requestId, type }) => {
    if (type === "Script") scripts.add(requestId);
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (scripts.has(requestId)) bytes += encodedDataLength;
  });
  for (const [address, maxBytes] of Object.entries({ ...MAX_BYTES, [`/documents/${id}`]: 320_000 })) {
    bytes = 0;
    await page.goto(address);
    await page.waitForLoadState("networkidle");
    const shown = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
    const name = address.replace(id, "…").padEnd(14);
    console.log(
      `  ${name} ${(bytes / 1000).toFixed(0).padStart(4)} kB of JavaScript, shown after ${shown.toFixed(0)} ms`,
    );
    expect(bytes, address).toBeLessThan(maxBytes);
    expect(bytes).toBeGreaterThan(10_000);
  }
});
