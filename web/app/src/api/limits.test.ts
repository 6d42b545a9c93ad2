import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ANSWER_CHARACTERS, MAX_BLOCKS_PER_REQUEST, MAX_BODY_BYTES, MAX_NAME } from "./limits";

const { schemas } = JSON.parse(readFileSync(new URL("../../../../openapi.json", import.meta.url), "utf8")).components;

/** The schema of a field that may also be null. */
function fieldOf(schema: string, field: string) {
  const { anyOf = [], ...rest } = schemas[schema].properties[field];
  return anyOf.find(({ type }: { type: string }) => type !== "null") ?? rest;
}

it("the page knows the limits of the service", () => {
  expect(fieldOf("NewDocumentJobs", "blockIds").maxItems).toBe(MAX_BLOCKS_PER_REQUEST);
  for (const schema of ["NewBlock", "BlockPatch"]) {
    const { minimum, maximum } = fieldOf(schema, "maxCharacters");
    expect({ min: minimum, max: maximum }).toEqual(ANSWER_CHARACTERS);
  }
  const rust = readFileSync(new URL("../../../../shared/api/src/call.rs", import.meta.url), "utf8");
  expect(rust).toContain(`pub const MAX_BODY_BYTES: usize = ${MAX_BODY_BYTES / 1024} * 1024;`);
  expect(fieldOf("NewDocument", "name").maxLength).toBe(MAX_NAME);
  expect(fieldOf("NewDocument", "personName").maxLength).toBe(MAX_NAME);
});
