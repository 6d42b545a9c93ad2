import { describe, expect, it } from "vitest";
import { partsOf } from "./plain-text";

describe("partsOf", () => {
  it("keeps every character", () => {
    const lines = Array.from({ length: 500 }, (_, line) => "word ".repeat(line % 40));
    expect(partsOf(lines.join("\n")).join("\n")).toBe(lines.join("\n"));
    const line = "word ".repeat(10_000);
    expect(partsOf(line).join("")).toBe(line);
    expect(partsOf("\n\na")).toEqual(["\n\na"]);
  });

  it("divides a line without spaces, but no character", () => {
    const line = `a${"🎉".repeat(10_000)}`;
    const parts = partsOf(line);
    expect(parts.length).toBeGreaterThan(5);
    expect(parts.join("")).toBe(line);
    expect(parts.some((part) => /[\ud800-\udbff]$/.test(part))).toBe(false);
  });
});
