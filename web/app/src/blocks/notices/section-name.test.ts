import { describe, expect, it } from "vitest";
import { sectionName } from "./section-name";

describe("sectionName", () => {
  it.each([
    ["What did I achieve?", "What did I achieve?"],
    ["What did I do to make the checkout reliable for everyone?", "What did I do to make …"],
    ["  Ключевые\nрезультаты ", "Ключевые результаты"],
    ["x".repeat(100), `${"x".repeat(40)}…`],
    ["", null],
    [null, null],
  ])("takes the first words of %j", (prompt, name) => {
    expect(sectionName(prompt)).toBe(name);
  });
});
