import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

/** The service that answers the API requests of `npm run dev`. */
const service = process.env.REPORT_BUILDER_API ?? "http://127.0.0.1:3000";

export default defineConfig({
  plugins: [react()],
  // Resolves @report-builder/jobs to its sources, as tsconfig.base.json does.
  resolve: { conditions: ["@report-builder/source", ...defaultClientConditions] },
  server: { host: "127.0.0.1", port: 5173, proxy: { "/api": service } },
  build: {
    target: "es2022",
    // The Content-Security-Policy forbids data: URLs for scripts and fonts, so small files are not inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
