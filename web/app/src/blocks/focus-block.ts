/** Focuses the page content, when the focused block disappears. */
export function focusContent(): void {
  document.getElementById("content")?.focus({ preventScroll: true });
}

/** Focuses a block when its focused control disappears, so that the next Tab continues from the block. */
export function focusBlock(blockId: string): void {
  document.getElementById(blockId)?.focus({ preventScroll: true });
}
