/** A range of a text: from `start` up to `end`. */
export interface Span {
  start: number;
  end: number;
}

/** The records of a table, with the ends of their lines. A quoted cell may have line breaks. */
export function records(text: string): Span[] {
  const found: Span[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') isQuoted = !isQuoted;
    const endsLine = character === "\n" || (character === "\r" && text[at + 1] !== "\n");
    if (endsLine && !isQuoted) {
      found.push({ start, end: at + 1 });
      start = at + 1;
    }
  }
  if (start < text.length) found.push({ start, end: text.length });
  return found;
}

/** The items of the first list in a JSON text. */
export function items(text: string): Span[] {
  const found: Span[] = [];
  let depth = 0;
  let list: number | undefined;
  let start: number | undefined;
  for (const { at, character } of structure(text)) {
    if (depth === list) {
      if (character === "," || character === "]") {
        if (start !== undefined) found.push({ start, end: at });
        start = undefined;
        if (character === "]") return found;
      } else if (start === undefined && /\S/.test(character)) start = at;
    }
    if (character === "[" || character === "{") {
      depth++;
      if (character === "[") list ??= depth;
    } else if (character === "]" || character === "}") depth--;
  }
  return found;
}

/** The characters of a JSON text. Of a string, only the opening quote. */
function* structure(text: string): Generator<{ at: number; character: string }> {
  let isText = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (!isText) yield { at, character };
    else if (character === "\\") at++;
    if (character === '"') isText = !isText;
  }
}
