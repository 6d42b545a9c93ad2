import { type ImportFile, mayBeEvidence } from "./import-row";

/** Parses a list, `{"items": […]}`, one object, or one object per line. */
export function readJson(text: string): ImportFile {
  const items = itemsIn(text);
  if (items.some(isPullRequest)) {
    throw new Error("These are pull requests as gh lists them. Import them by: cargo run -p cli -- import github FILE");
  }
  const file: ImportFile = { rows: [], rejected: [], notes: [] };
  items.forEach((entry, index) => {
    const position = `item ${index + 1}`;
    if (mayBeEvidence(entry)) file.rows.push({ position, entry });
    else file.rejected.push({ position, title: "", reason: "is not an object" });
  });
  return file;
}

/** An entry of `gh pr list --json` or `gh search prs --json`. */
function isPullRequest(item: unknown): boolean {
  const has = (name: string) => typeof item === "object" && item !== null && name in item;
  return ["number", "title", "url"].every(has) && !["type", "occurredAt"].some(has);
}

function itemsIn(text: string): unknown[] {
  const value = parsed(text);
  if (value === undefined) return itemsByLine(text);
  if (Array.isArray(value)) return value;
  if (typeof value === "object" && value !== null && "items" in value && Array.isArray(value.items)) return value.items;
  return [value];
}

function itemsByLine(text: string): unknown[] {
  const lines = text.split(/\r?\n/).map((line, index) => ({ line, number: index + 1, value: parsed(line) }));
  const filled = lines.filter(({ line }) => line.trim() !== "");
  if (filled[0]?.value === undefined) throw new Error("The file is not valid JSON.");
  const bad = filled.find(({ value }) => value === undefined);
  if (bad) throw new Error(`Line ${bad.number} of the file is not valid JSON.`);
  return filled.map(({ value }) => value);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
