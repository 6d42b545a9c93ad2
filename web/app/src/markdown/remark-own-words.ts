/** Parts of Markdown that are shown as they are written. */
const CONSTRUCTS = [
  "htmlFlow",
  "htmlText",
  // Definitions are invisible, and a text could use them to forge a source or to hide a sentence.
  "definition",
];

/** What this file uses of the Markdown processor. */
interface Processor {
  data(): { micromarkExtensions?: unknown[] };
}

/**
 * A remark plugin that shows HTML, definitions of links, and footnotes of the text's own as the text that they are.
 * So everything that is stored can be read, and all footnotes are the sources that the service knows.
 */
export function remarkOwnWords(this: unknown): undefined {
  const data = (this as Processor).data();
  data.micromarkExtensions ??= [];
  data.micromarkExtensions.push({ disable: { null: CONSTRUCTS } });
}
