/** Makes a review on the page of `docs/frontend.md` and generates its section. `tools/docs/starter` runs it. */

import { chromium, expect } from "@playwright/test";

const [, , url = ""] = process.argv;
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu"],
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  await page.goto(url);
  await page.getByRole("button", { name: "New review" }).click();
  await page.getByRole("button", { name: "Generate" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "Draft ready" })).toBeVisible({ timeout: 120_000 });
  await expect(page.getByText("offline writer")).toBeVisible({ timeout: 120_000 });
  console.log("The page generates.");
} finally {
  await browser.close();
}
