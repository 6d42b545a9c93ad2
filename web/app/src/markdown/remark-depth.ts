import type { Nodes, Paragraph, Root } from "mdast";
import { MAX_DEPTH } from "./why-plain";

/** The property of an element that stands for a whole text which is nested too deeply. */
export const TOO_DEEP_PROPERTY = "data-too-deep";

/** What this file uses of the Markdown processor. */
interface Processor {
  data(): { fromMarkdownExtensions?: unknown[] };
}

/**
 * A remark plugin that replaces a text which is nested too deeply, such as a hundred formats within each other. It
 * stands first, because other plugins and the browser need space on their stack for each level.
 */
export function remarkDepth(this: unknown): undefined {
  const data = (this as Processor).data();
  data.fromMarkdownExtensions ??= [];
  data.fromMarkdownExtensions.push({
    transforms: [
      (tree: Root) => {
        if (!isDeep(tree)) return;
        const place: Paragraph = { type: "paragraph", children: [{ type: "text", value: "" }] };
        place.data = { hName: "div", hProperties: { [TOO_DEEP_PROPERTY]: "" } };
        tree.children = [place];
      },
    ],
  });
}

/** Whether a node is deeper than a list in a list can be. Each list has two levels: itself and its item. */
function isDeep(tree: Root): boolean {
  let level: Nodes[] = [tree];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > 2 * MAX_DEPTH) return true;
    level = level.flatMap((node) => ("children" in node ? node.children : []));
  }
  return false;
}
