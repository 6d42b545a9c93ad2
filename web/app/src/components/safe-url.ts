const PROTOCOLS = new Set(["http:", "https:", "mailto:"]);
const MAX_PART = 40;

/**
 * The normalized URL, or `undefined` if it is relative, invalid, or not a web or mail address, such as `javascript:`.
 */
export function safeUrl(text: string): string | undefined {
  return parsed(text)?.href;
}

/**
 * Where an address really leads: its host as the browser asks for it, or its mail address. `undefined` if it is not an
 * address.
 */
export function hostOf(address: string): string | undefined {
  const url = parsed(address);
  return url?.protocol === "mailto:" ? url.pathname : url?.host;
}

/** An address for people: its host and the last part of its path, such as `github.com/…/17`. */
export function readableUrl(address: string): string {
  const url = parsed(address);
  if (url === undefined) return address;
  if (url.protocol === "mailto:") return url.pathname;
  const parts = url.pathname.split("/").filter((part) => part !== "");
  const last = parts.at(-1);
  if (last === undefined) return url.host;
  const shown = last.length > MAX_PART ? `${last.slice(0, MAX_PART)}…` : last;
  return [url.host, ...(parts.length > 1 ? ["…"] : []), shown].join("/");
}

function parsed(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return PROTOCOLS.has(url.protocol) ? url : undefined;
}
