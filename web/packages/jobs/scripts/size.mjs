/** Prints how much each import adds to the bundle of an app, minified and gzipped, and holds the budgets. */

import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bytes. React and the libraries that show notices are the app's own. */
const IMPORTS = [
  { code: 'export { useJob } from "@report-builder/jobs"', budget: 6500 },
  { code: 'export { useJobPolling } from "@report-builder/jobs"', budget: 5600 },
  { code: 'export { createClient, unwrap } from "@report-builder/jobs/client"', budget: 1800 },
  { code: 'export * from "@report-builder/jobs"', budget: 10_000 },
];

for (const { code, budget } of IMPORTS) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    external: ["react", "react/jsx-runtime"],
  });
  const size = gzipSync(outputFiles[0].contents, { level: 9 }).length;
  console.log(`${String(size).padStart(6)} of ${budget} bytes  ${code}`);
  if (size > budget) process.exitCode = 1;
}
