import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, type Rolldown } from "vite";

/** The service that answers the API requests of `npm run dev`. */
const service = process.env.REPORT_BUILDER_API ?? "http://127.0.0.1:3000";

/**
 * Whether every page needs a module: the entry imports it, and not only on demand. Packages that export hundreds of
 * components from one file would always count, so the bundler decides about them.
 */
function isForEveryPage(id: string, context: Rolldown.ChunkingContext, seen = new Set<string>()): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  if (MANY_COMPONENTS.test(id)) return false;
  const module = context.getModuleInfo(id);
  if (module?.isEntry) return true;
  return module?.importers.some((importer) => isForEveryPage(importer, context, seen)) ?? false;
}

const MANY_COMPONENTS = /@mantine\/core\/esm\/components\/|@tabler\//;

function chunkOf(id: string, context: Rolldown.ChunkingContext): string | null {
  return isForEveryPage(id, context) ? "base" : null;
}

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
    // What every page needs is one file, because a dozen small ones compress worse.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: chunkOf }] } } },
  },
});
