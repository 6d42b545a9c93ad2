/**
 * Puts texts on the clipboard, by their media types. The texts may still be on their way: a browser lets a page copy
 * only while it handles the click.
 */
export function copy(texts: Record<string, Promise<string>>): Promise<void> {
  if (!navigator.clipboard?.write) {
    throw new Error("This browser lets a page copy only over HTTPS. Download the file instead.");
  }
  const blobs = Object.entries(texts).map(([type, text]) => [type, text.then((text) => new Blob([text], { type }))]);
  return navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
}

/**
 * The words of an exported page for another program. Footnote marks lead nowhere there, so they are no links, and the
 * notes have no arrows back.
 */
export function richText(page: string): string {
  const { body } = new DOMParser().parseFromString(page, "text/html");
  for (const arrow of body.querySelectorAll('a[aria-label="Back"]')) arrow.remove();
  for (const link of body.querySelectorAll('a[href^="#"]')) link.replaceWith(...link.childNodes);
  return body.innerHTML.trim();
}
