// @vitest-environment node
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const SOURCES = new URL("../src/", import.meta.url);
const isSource = (name: string) => /\.tsx?$/.test(name) && !name.endsWith(".d.ts");
const read = (name: string) => readFileSync(new URL(name, SOURCES), "utf8");

/** The modules that `name` imports when it runs, directly and through other modules. Packages have no `./`. */
function importsOf(name: string, found = new Set<string>()): Set<string> {
  for (const [, from = ""] of read(name).matchAll(/^(?:import|export|\}) (?!type ).*?from "([^"]+)";$/gm)) {
    const file = readdirSync(SOURCES).find((file) => file.replace(/tsx?$/, "js") === from.replace("./", "")) ?? from;
    if (found.has(file)) continue;
    found.add(file);
    if (isSource(file)) importsOf(file, found);
  }
  return found;
}

test("a module that calls hooks or has state for React is marked for React Server Components", () => {
  const modules = readdirSync(SOURCES).filter(isSource);
  expect(modules.length).toBeGreaterThan(20);
  for (const name of modules) {
    const usesReact =
      name.startsWith("use-") || /^(?!import type).*from "(react|sonner|@mantine\/notifications)";$/m.test(read(name));
    expect([name, read(name).startsWith('"use client";')]).toEqual([name, usesReact]);
  }
});

test("the client loads neither React nor a module that is marked", () => {
  const imports = [...importsOf("client.ts")];
  expect(imports).toContain("create-client.ts");
  expect(imports).not.toContain("react");
  expect(imports.filter((name) => isSource(name) && read(name).startsWith('"use client";'))).toEqual([]);
});
