import type { Nodes } from "mdast";

/** Controls but tab and line break, format characters, and what Unicode calls ignorable. */
const INVISIBLE = /(?![\t\n])[\p{Cc}\p{Cf}\p{DI}]/u;

/** What this file uses of the Markdown processor and of its compiler. */
interface Processor {
  data(): { fromMarkdownExtensions?: unknown[] };
}
interface Compiler {
  stack: Nodes[];
}
interface Token {
  end: { line: number; column: number; offset: number };
}

/**
 * A remark plugin that leaves out invisible characters that a text has as entities, such as `&#8203;`. As characters,
 * the service does not store them.
 */
export function remarkVisible(this: unknown): undefined {
  const data = (this as Processor).data();
  data.fromMarkdownExtensions ??= [];
  data.fromMarkdownExtensions.push({ exit: { characterReference: exitEntity } });
}

/** As the compiler does it, after it has added the character to the text. */
function exitEntity(this: Compiler, { end: { line, column, offset } }: Token): undefined {
  const text = this.stack.pop();
  if (text?.type !== "text") return;
  const { value } = text;
  const last = value.length - ((value.codePointAt(value.length - 2) ?? 0) > 0xffff ? 2 : 1);
  if (INVISIBLE.test(value.slice(last))) text.value = value.slice(0, last);
  if (text.position) text.position.end = { line, column, offset };
}
