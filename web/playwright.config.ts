import { defineConfig } from "@playwright/test";

// Debian's Chromium. `make test-web` installs it with the target `.tools/chromium/ready`.
export default defineConfig({
  testDir: "tests",
  testIgnore: "next/**",
  outputDir: "test-results",
  workers: 2,
  // For a busy machine: no test fails because it is slow.
  timeout: 600_000,
  expect: { timeout: 120_000 },
  forbidOnly: true,
  reporter: [["list"]],
  use: {
    viewport: { width: 1280, height: 900 },
    launchOptions: { executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] },
    trace: "retain-on-failure",
  },
});
