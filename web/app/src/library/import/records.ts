/** A range of a text: from `start` up to `end`. */
export interface Span {
  start: number;
  end: number;
}

/** The lines of a text, with their ends. In a table, a quoted cell may have line breaks. */
export function records(text: string, isTable = true): Span[] {
  const found: Span[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"' && isTable) isQuoted = !isQuoted;
    const endsLine = character === "\n" || (character === "\r" && text[at + 1] !== "\n");
    if (endsLine && !isQuoted) {
      found.push({ start, end: at + 1 });
      start = at + 1;
    }
  }
  if (start < text.length) found.push({ start, end: text.length });
  return found;
}

/** The items of a list, or of an object that has nothing but `items`. `null` for any other text. */
export function items(text: string): Span[] | null {
  const begin = text.indexOf("[");
  const before = text.slice(0, Math.max(begin, 0)).replace(/\s/g, "");
  if (begin < 0 || (before !== "" && before !== '{"items":')) return null;
  const found: Span[] = [];
  let depth = 0;
  let start: number | undefined;
  for (const { at, character } of structure(text, begin)) {
    if (depth === 1) {
      if (character === "," || character === "]") {
        if (start !== undefined) found.push({ start, end: at });
        start = undefined;
      } else if (start === undefined && /\S/.test(character)) start = at;
    }
    if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
    if (depth === 0) return text.slice(at + 1).trim() === (before === "" ? "" : "}") ? found : null;
  }
  return null;
}

/** The characters of a JSON text from `begin` on. Of a string, only the opening quote. */
function* structure(text: string, begin: number): Generator<{ at: number; character: string }> {
  let isText = false;
  for (let at = begin; at < text.length; at++) {
    const character = text.charAt(at);
    if (!isText) yield { at, character };
    else if (character === "\\") at++;
    if (character === '"') isText = !isText;
  }
}
