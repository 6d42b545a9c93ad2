const PROTOCOLS = new Set(["http:", "https:", "mailto:"]);

/** The address if it is one that a link may lead to; `undefined` for `javascript:`, relative and broken ones. */
export function safeUrl(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  return PROTOCOLS.has(url.protocol) ? url.href : undefined;
}
