import { defineConfig } from "@playwright/test";
import config from "../../playwright.config";
import type { Mode } from "./app";

/** Drives `examples/next` as people deploy it, and as they develop it, where React's StrictMode runs effects twice. */
export default defineConfig<object, { mode: Mode }>({
  ...config,
  // Next runs once in a folder.
  workers: 1,
  testDir: ".",
  testIgnore: [],
  outputDir: "../../test-results/next",
  projects: [
    { name: "next start", use: { mode: "start" } },
    { name: "next dev", use: { mode: "dev" } },
  ],
});
