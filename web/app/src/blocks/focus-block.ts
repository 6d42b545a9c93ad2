/** Puts the keyboard at a block when what it was at goes away, so that the next Tab goes on from there. */
export function focusBlock(blockId: string): void {
  document.getElementById(blockId)?.focus({ preventScroll: true });
}
