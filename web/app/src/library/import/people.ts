/**
 * The people whose work a file has, those with the most work first. Work by bots does not count. `null` if the file has
 * people that only the service can read, as a table of Jira or Linear.
 */
export function peopleIn(text: string): string[] | null {
  const rows = rowsOf(text);
  if (rows === null) return /^.*\bassignee\b/im.test(firstLine(text)) ? null : [];
  const counts = new Map<string, number>();
  for (const row of rows) {
    const author = authorOf(row);
    if (author !== null) counts.set(author, (counts.get(author) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one).map(([author]) => author);
}

/** The rows of a list, of an object with `items`, or of objects in lines. `null` for a table. */
function rowsOf(text: string): unknown[] | null {
  if (!/^\s*[[{]/.test(text)) return null;
  const file = parsed(text) ?? text.split("\n").map(parsed);
  if (Array.isArray(file)) return file;
  return isRecord(file) && Array.isArray(file.items) ? file.items : [file];
}

function authorOf(row: unknown): string | null {
  const author = isRecord(row) ? row.author : undefined;
  const login = isRecord(author) ? author.login : author;
  if (typeof login !== "string" || login === "") return null;
  const isBot = isRecord(author) && (author.is_bot === true || author.type === "Bot");
  return isBot || login.endsWith("[bot]") || login.startsWith("app/") ? null : login;
}

function firstLine(text: string): string {
  return text.split(/[\r\n]+/, 3).find((line) => /[\p{L}]/u.test(line) && !/^\s*sep=/i.test(line)) ?? "";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
