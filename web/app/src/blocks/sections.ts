import type { Block } from "@report-builder/jobs";

type Listed = Pick<Block, "id" | "type">;

/** The blocks of each section, by the id of its heading. A section ends at the next heading. */
export function sectionsOf<Each extends Listed>(blocks: readonly Each[]): Map<string, Each[]> {
  const sections = new Map<string, Each[]>();
  let current: Each[] | undefined;
  for (const block of blocks) {
    if (block.type === "HEADING") {
      current = [];
      sections.set(block.id, current);
    } else current?.push(block);
  }
  return sections;
}

/** The id of the heading above a block, or null. */
export function headingAbove(blocks: readonly Listed[], blockId: string): string | null {
  const found = [...sectionsOf(blocks)].find(([, section]) => section.some(({ id }) => id === blockId));
  return found?.[0] ?? null;
}
