import { expect, test } from "vitest";
import { filtersFrom, queryOf } from "./evidence-query";

test("filters come back from the address that they were written to", () => {
  const filters = {
    type: ["PR_AUTHORED" as const, "MANUAL" as const],
    category: ["bug" as const],
    start: "2026-07-01",
    end: "2026-07-31",
    q: "payments & #42",
  };
  expect(filtersFrom(new URLSearchParams(queryOf(filters).toString()))).toEqual(filters);
});

test("an address without filters has no query", () => {
  expect(queryOf(filtersFrom(new URLSearchParams())).toString()).toBe("");
});

test("what is not valid in an address is ignored", () => {
  const query = new URLSearchParams({
    type: "PR_AUTHORED,NONE",
    category: "all",
    start: "soon",
    end: "2026-99-01",
    q: " ",
  });
  expect(filtersFrom(query)).toEqual({ type: ["PR_AUTHORED"] });
});

test("a search is not longer than the service accepts", () => {
  expect(filtersFrom(new URLSearchParams({ q: "x".repeat(300) })).q).toHaveLength(200);
});
