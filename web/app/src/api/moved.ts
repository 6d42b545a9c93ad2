export interface Move {
  blockId: string;
  /** The place of the block after the move, from 0. */
  position: number;
}

/** `blocks` in their order after a move. */
export function moved<Moved extends { id: string }>(blocks: readonly Moved[], { blockId, position }: Move): Moved[] {
  const block = blocks.find(({ id }) => id === blockId);
  const others = blocks.filter((other) => other !== block);
  return block === undefined ? others : [...others.slice(0, position), block, ...others.slice(position)];
}
