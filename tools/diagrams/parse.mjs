// Parses every mermaid diagram of the Markdown files that are named, as GitHub does before it draws them.

import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const { window } = new JSDOM("");
Object.assign(globalThis, { window, document: window.document });
const { default: mermaid } = await import("mermaid");

let [parsed, failed] = [0, 0];
for (const file of process.argv.slice(2)) {
  const text = readFileSync(file, "utf8");
  for (const block of text.matchAll(/^```mermaid\n(.*?)^```$/gms)) {
    parsed += 1;
    try {
      await mermaid.parse(block[1]);
    } catch (error) {
      failed += 1;
      console.error(`${file}:${text.slice(0, block.index).split("\n").length}: ${error.message}`);
    }
  }
}
console.log(`${parsed} diagrams, ${failed} of them not valid`);
process.exitCode = failed > 0 || parsed === 0 ? 1 : 0;
