import { test as base, expect } from "../fixtures";
import { App, type Mode, Recorder } from "./app";

export { expect, Gate } from "../fixtures";

const USER = "ada";

/** The fixtures of a browser test of `examples/next`. The page shows the newest document of the one user. */
export const test = base.extend<{ quietConsole: undefined }, { mode: Mode; recorder: Recorder; app: App }>({
  mode: ["start", { option: true, scope: "worker" }],
  recorder: [
    async ({ service }, use) => {
      const recorder = await Recorder.start(service.url);
      await use(recorder);
      recorder.stop();
    },
    { scope: "worker" },
  ],
  app: [
    async ({ mode, recorder }, use) => {
      const app = await App.start(mode, recorder.url, USER);
      await use(app);
      await app.stop();
    },
    { scope: "worker", timeout: 600_000 },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright requires a destructuring pattern here
  user: async ({}, use) => use(USER),
  baseURL: async ({ app }, use) => use(app.url),
  /** No test may write a warning or an error, such as a hydration error, to the console. */
  quietConsole: [
    async ({ page }, use) => {
      const messages: string[] = [];
      page.on("console", (message) => {
        const isFavicon = message.location().url.endsWith("/favicon.ico");
        if (["warning", "error"].includes(message.type()) && !isFavicon) messages.push(message.text());
      });
      page.on("pageerror", (error) => messages.push(String(error)));
      await use(undefined);
      expect(messages).toEqual([]);
    },
    { auto: true },
  ],
});
