import { gfmAutolinkLiteral } from "micromark-extension-gfm-autolink-literal";

/** What this file uses of the Markdown processor. */
interface Processor {
  data(): { micromarkExtensions?: unknown[] };
}

/**
 * A remark plugin that finds addresses while it parses, so that their links have places in the source. An address in
 * the words of a link becomes the link itself, so an export is parsed without it: the title of a cited source may have
 * an address.
 */
export function remarkAddresses(this: unknown): undefined {
  const data = (this as Processor).data();
  data.micromarkExtensions ??= [];
  data.micromarkExtensions.push(gfmAutolinkLiteral());
}
