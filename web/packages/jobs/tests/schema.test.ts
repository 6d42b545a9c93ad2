// @vitest-environment node
import { readFileSync } from "node:fs";
import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, test } from "vitest";

test("schema.d.ts is generated from the current openapi.json", async () => {
  const nodes = await openapiTS(new URL("../../../../openapi.json", import.meta.url));
  const fresh = `${COMMENT_HEADER}${astToString(nodes)}`;
  const stored = readFileSync(new URL("../src/schema.d.ts", import.meta.url), "utf8");
  expect(stored === fresh, "schema.d.ts is out of date: run `npm run schema` in web/.").toBe(true);
});
