/** The fixtures of every browser test: a runner with a scripted model, a new user, and the API as that user. */

import { test as base } from "@playwright/test";
import { Claude } from "./claude";
import { Service } from "./service";

/** The local storage key of the user name (`web/app/src/api/user.ts`). */
export const USER_KEY = "report-builder.user";

type Json = Record<string, unknown>;

/** Calls the API as the test's user. */
export class Api {
  constructor(
    private readonly service: Service,
    private readonly user: string,
  ) {}

  // biome-ignore lint/suspicious/noExplicitAny: each test reads other fields of the answer
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const response = await fetch(`${this.service.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.user}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  }

  /**
   * Creates a document with one block, which has a prompt and optionally content. The user gets a piece of evidence if
   * there is none, because the page asks before it writes without evidence.
   */
  async document(prompt: string, content?: string, more: Json = {}): Promise<{ id: string; block: string }> {
    const { items } = await this.call("GET", "/api/evidence?limit=1");
    if (items.length === 0) await this.evidence({ title: "Keep the lights on", occurredAt: "2020-01-01T10:00:00Z" });
    const { id } = await this.call("POST", "/api/report-builder", { name: "Review of the year", ...more });
    const block = { type: "PROMPT_RESPONSE", prompt, ...(content === undefined ? {} : { content }) };
    return { id, block: (await this.call("POST", `/api/report-builder/${id}/blocks`, block)).id };
  }

  async block(document: { id: string; block: string }) {
    return this.call("GET", `/api/report-builder/${document.id}/blocks/${document.block}`);
  }

  async evidence(...items: Json[]): Promise<void> {
    const usual = { type: "PR_AUTHORED", summary: "Done.", occurredAt: "2026-10-01T10:00:00Z" };
    await this.call("POST", "/api/evidence", { items: items.map((item) => ({ ...usual, ...item })) });
  }
}

export const test = base.extend<
  { user: string; api: Api; keyless: boolean },
  { claude: Claude; service: Service; serviceWithoutKey: Service }
>({
  claude: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright requires a destructuring pattern here
    async ({}, use) => {
      const claude = await Claude.start();
      await use(claude);
      claude.stop();
    },
    { scope: "worker" },
  ],
  service: [
    async ({ claude }, use) => {
      const service = await Service.start(claude);
      await use(service);
      await service.stop();
    },
    { scope: "worker" },
  ],
  serviceWithoutKey: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright requires a destructuring pattern here
    async ({}, use) => {
      const service = await Service.start();
      await use(service);
      await service.stop();
    },
    { scope: "worker" },
  ],
  keyless: [false, { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright requires a destructuring pattern here
  user: async ({}, use, info) => use(`user-${info.testId.slice(-12)}`),
  api: async ({ keyless, service, serviceWithoutKey, user }, use) => {
    await use(new Api(keyless ? serviceWithoutKey : service, user));
  },
  baseURL: async ({ keyless, service, serviceWithoutKey }, use) => {
    await use((keyless ? serviceWithoutKey : service).url);
  },
  context: async ({ context, user }, use) => {
    await context.addInitScript(
      ([key, name]) => {
        // A test may have switched the user.
        if (localStorage.getItem(key) === null) localStorage.setItem(key, name);
      },
      [USER_KEY, user] as const,
    );
    await use(context);
  },
});

export { expect } from "@playwright/test";
export { Gate } from "./claude";
