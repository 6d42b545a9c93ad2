import { defineConfig } from "@playwright/test";

// Debian's Chromium. `make test-web` installs it with the target `.tools/chromium/ready`.
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
