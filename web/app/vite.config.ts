import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

/** The service that `npm run dev` talks to. */
const service = process.env.REPORT_BUILDER_API ?? "http://127.0.0.1:3000";

export default defineConfig({
  plugins: [react()],
  // The hooks and the client come from their sources, as in tsconfig.base.json.
  resolve: { conditions: ["@report-builder/source", ...defaultClientConditions] },
  server: { host: "127.0.0.1", port: 5173, proxy: { "/api": service } },
  build: {
    target: "es2022",
    // The Content-Security-Policy allows no data: scripts or fonts; small files stay files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
