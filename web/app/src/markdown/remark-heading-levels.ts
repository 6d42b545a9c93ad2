import type { Heading, Nodes, Root } from "mdast";

/**
 * A remark plugin that fits the headings of a text into the page. The first heading has `topLevel`, and no heading is
 * more than one level below the heading before it. Screen readers need levels without gaps.
 */
export function remarkHeadingLevels(topLevel: Heading["depth"]) {
  return () => (tree: Root) => {
    let previous = topLevel - 1;
    for (const heading of headingsIn(tree)) {
      const wanted = heading.depth + topLevel - 1;
      previous = Math.min(Math.max(wanted, topLevel), previous + 1, 6);
      heading.depth = depth(previous);
    }
  };
}

function headingsIn(node: Nodes): Heading[] {
  if (node.type === "heading") return [node];
  return "children" in node ? node.children.flatMap(headingsIn) : [];
}

const DEPTHS = [1, 2, 3, 4, 5, 6] as const;

function depth(level: number): Heading["depth"] {
  return DEPTHS[level - 1] ?? 6;
}
