import { describe, expect, it } from "vitest";
import { type Change, wordDiff } from "./word-diff";

const textOf = (changes: Change[], left: Change["kind"]) =>
  changes
    .filter(({ kind }) => kind !== left)
    .map(({ text }) => text)
    .join("");

describe("wordDiff", () => {
  it("marks the words that differ", () => {
    expect(wordDiff("I led the work.", "I led all the work.")).toEqual([
      { kind: "same", text: "I led " },
      { kind: "added", text: "all " },
      { kind: "same", text: "the work." },
    ]);
  });

  it.each([
    ["Я написал отчёт.", "Я написала отчёт.", "написал", "написала"],
    ["Η ομάδα μου βοήθησε.", "Η ομάδα σου βοήθησε.", "μου", "σου"],
    ["كتبت التقرير اليوم", "كتبت التقارير اليوم", "التقرير", "التقارير"],
    ["Thanks 👩‍💻 team", "Thanks 👩‍🔬 team", "👩‍💻", "👩‍🔬"],
    ["Flag 🇩🇪 here", "Flag 🇩🇰 here", "🇩🇪", "🇩🇰"],
  ])("does not split a word or an emoji: %s", (before, after, removed, added) => {
    const changes = wordDiff(before, after);
    expect(changes.filter(({ kind }) => kind === "removed").map(({ text }) => text)).toEqual([removed]);
    expect(changes.filter(({ kind }) => kind === "added").map(({ text }) => text)).toEqual([added]);
  });

  it("keeps both texts complete, even if they are long and very different", () => {
    const words = (seed: number) =>
      Array.from({ length: 20_000 }, (_, index) => ((index * seed) % 7919).toString(36)).join(" ");
    const [before, after] = [words(31), words(101)];
    const changes = wordDiff(before, after);
    expect(textOf(changes, "added")).toBe(before);
    expect(textOf(changes, "removed")).toBe(after);
  });
});
