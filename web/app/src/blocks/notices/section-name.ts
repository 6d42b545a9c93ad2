const MAX_WORDS = 6;
const MAX_CHARS = 40;

/** The first words of a section's prompt, to name the section in a notice. Null without a prompt. */
export function sectionName(prompt: string | null | undefined): string | null {
  const words = (prompt ?? "").trim().split(/\s+/);
  const name = words.slice(0, MAX_WORDS).join(" ");
  if (name === "") return null;
  if (name.length > MAX_CHARS) return `${Array.from(name).slice(0, MAX_CHARS).join("").trimEnd()}…`;
  return words.length > MAX_WORDS ? `${name} …` : name;
}
