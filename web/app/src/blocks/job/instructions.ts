/** Common ways to refine a text, with the instruction for each. */
export const INSTRUCTIONS: readonly { label: string; text: string }[] = [
  { label: "Shorter", text: "Make it about half as long. Keep the results that matter most and leave out the rest." },
  {
    label: "More specific",
    text: "Say exactly what I did and for whom: name the projects, decisions and results that the evidence shows.",
  },
  {
    label: "More numbers",
    text: "Add the numbers that stand in the evidence, such as amounts, shares and dates. Invent none.",
  },
  {
    label: "For a promotion committee",
    text: "Write for a promotion committee that does not know me: scope, impact and the level of my work, each with its proof.",
  },
  { label: "Plainer", text: "Use plain words and short sentences. Leave out praise, buzzwords and filler." },
];

/** The instruction with `text` added on a line of its own, or without it if it is there already. */
export function toggled(instruction: string, text: string): string {
  if (!instruction.includes(text)) return [instruction.trimEnd(), text].filter(Boolean).join("\n");
  return instruction
    .replace(text, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .join("\n");
}
