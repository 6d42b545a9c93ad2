import { Text } from "@mantine/core";
import classes from "./markdown.module.css";
import { withoutOverrides } from "./without-overrides";

/** The browser lays out a part only when it is near the viewport. */
const PART_CHARS = 2_000;

interface PlainTextProps {
  text: string;
  /** Why, such as “it is too long”. */
  reason: string;
}

/** A text as it is stored, with a sentence that says why. */
export function PlainText({ text, reason }: PlainTextProps) {
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs" className={classes.reason}>
        This text is shown without formatting and marks, because {reason}.
      </Text>
      {partsOf(withoutOverrides(text)).map((part, position) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts have no other name, and keep their order.
        <div key={position} className={classes.plain}>
          {part}
        </div>
      ))}
    </>
  );
}

/** Divides a text at line breaks into parts of about 2,000 characters. A longer line is divided, too. */
export function partsOf(text: string): string[] {
  const parts: string[] = [];
  let part: string | null = null;
  for (const line of text.split("\n")) {
    if (part !== null && part.length + line.length > PART_CHARS) {
      parts.push(part);
      part = null;
    }
    part = part === null ? line : `${part}\n${line}`;
    let from = 0;
    while (part.length - from > 2 * PART_CHARS) {
      const end: number = from + lengthOfPart(part.slice(from, from + PART_CHARS));
      parts.push(part.slice(from, end));
      from = end;
    }
    part = part.slice(from);
  }
  if (part !== null) parts.push(part);
  return parts;
}

/** Up to a space if there is one, and never within a character of two units. */
function lengthOfPart(text: string): number {
  const space = text.lastIndexOf(" ");
  if (space > PART_CHARS / 2) return space + 1;
  return (text.codePointAt(text.length - 1) ?? 0) >>> 10 === 0xd800 >>> 10 ? text.length - 1 : text.length;
}
