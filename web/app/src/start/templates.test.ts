import { describe, expect, it } from "vitest";
import { promptFor, TEMPLATES } from "./templates";

describe("TEMPLATES", () => {
  it.each(TEMPLATES.filter(({ id }) => id !== "empty"))("$label has six sections with a question each", (template) => {
    expect(template.sections).toHaveLength(6);
    expect(new Set(template.sections.map(({ heading }) => heading)).size).toBe(6);
    for (const section of template.sections) expect(section.prompt.length).toBeLessThan(300);
  });

  it("speaks of “I” only where the writer writes about themselves or as a colleague", () => {
    for (const { perspective, sections } of TEMPLATES) {
      const prompts = sections.map((section) => promptFor(section, "Sam")).join(" ");
      if (perspective === "MANAGER") expect(prompts).not.toMatch(/\bI\b|\bmy\b/);
      if (perspective === "SELF") expect(prompts).not.toContain("Sam");
    }
  });
});

describe("promptFor", () => {
  it("names the person", () => {
    const section = { heading: "", prompt: "What did {person} do? Was {person} glad?" };
    expect(promptFor(section, " Sam $& ")).toBe("What did Sam $& do? Was Sam $& glad?");
    expect(promptFor(section, "")).toBe("What did this person do? Was this person glad?");
  });
});
