/** Which requests `proxy.ts` of `examples/next` forwards, and how. */

import { readFileSync } from "node:fs";
import { expect, test } from "./fixtures";

const ID = "01990000-0000-7000-8000-000000000001";
const description: { paths: Record<string, object> } = JSON.parse(
  readFileSync(new URL("../../../openapi.json", import.meta.url), "utf8"),
);
/** Paths of the service, as an app with its own `/api/me` forwards them. */
const servicePaths = Object.keys(description.paths)
  .filter((path) => /^\/api\/(report-builder|evidence|goals|reviews)\b/.test(path))
  .map((path) => path.replaceAll(/\{\w+\}/g, ID));

test("every path of the service is forwarded with the token of the user", async ({ request, recorder, user }) => {
  expect(servicePaths.length).toBeGreaterThan(20);
  for (const path of servicePaths) {
    recorder.requests.length = 0;
    await request.get(`${path}?limit=1`);
    const headers = expect.objectContaining({ authorization: `Bearer ${user}` });
    expect(recorder.requests, path).toEqual([{ method: "GET", path, headers }]);
  }
});

test("a path of the app stays with the app, also below a path of the service", async ({ request, recorder }) => {
  recorder.requests.length = 0;
  const answer = await request.post("/api/goals/generate");
  expect(await answer.json()).toEqual({ goals: ["A goal of the app"] });
  for (const path of [
    `/api/report-builder/${ID}/blocks/${ID}/generate`,
    `/api/report-builder/${ID}/blocks/${ID}/chat`,
    `/api/report-builder/${ID}/finalize`,
    `/api/evidence/analyze-slack`,
    `/api/evidence/repositories`,
    `/api/goals/${ID}/milestones`,
    `/api/reviews/interactive`,
    "/api/evidence/a-cuid-of-the-app",
  ]) {
    expect((await request.post(path)).status(), path).toBe(404);
  }
  expect(recorder.requests).toEqual([]);
});

test("the session of the app does not reach the service", async ({ page, context, baseURL, api, recorder, user }) => {
  await api.document("Whose cookie is this?");
  await context.addCookies([{ name: "session", value: "secret", url: baseURL ?? "" }]);
  recorder.requests.length = 0;
  await page.goto("/");
  await expect(page.getByText("Whose cookie is this?")).toBeVisible();
  const created = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Generate" }).click();
  expect((await created).status()).toBe(202);
  expect(recorder.requests.map(({ method, path }) => `${method} ${path}`)).toContain("POST /api/report-builder/jobs");
  for (const { headers } of recorder.requests) {
    expect(headers).not.toHaveProperty("cookie");
    expect(headers).toHaveProperty("authorization", `Bearer ${user}`);
  }
});
