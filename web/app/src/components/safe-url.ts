const PROTOCOLS = new Set(["http:", "https:", "mailto:"]);

/**
 * The normalized URL, or `undefined` if it is relative, invalid, or not a web or mail address, such as `javascript:`.
 */
export function safeUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return PROTOCOLS.has(url.protocol) ? url.href : undefined;
}
