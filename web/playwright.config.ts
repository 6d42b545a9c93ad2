import { defineConfig } from "@playwright/test";

// Debian's Chromium, which `make web-tools` installs.
export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  workers: 1,
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    viewport: { width: 1280, height: 900 },
    launchOptions: { executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] },
    trace: "retain-on-failure",
  },
});
