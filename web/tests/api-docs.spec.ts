/** The page of the API, which the runner serves at `/docs`. */

import { expect, test } from "./fixtures";

test("the page of the API works under the policy of every response", async ({ page }) => {
  const refused: string[] = [];
  // Swagger UI hides a picture by a style attribute, which the policy refuses without harm.
  const isHarmless = (text: string) => text.startsWith("Applying inline style violates");
  page.on("console", (message) => {
    if (message.type() === "error" && !isHarmless(message.text())) refused.push(message.text());
  });
  await page.goto("/docs");
  await page.getByRole("button", { name: /^POST\s+\/api\/report-builder\/jobs$/i }).click();
  await expect(page.getByText("Example Value").first()).toBeVisible();
  expect(refused).toEqual([]);
});
