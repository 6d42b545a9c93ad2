/**
 * Milliseconds to wait according to the `Retry-After` header, which holds seconds or an HTTP date. Null if the header
 * is missing or unreadable.
 */
export function retryAfterMs(headers: Headers): number | null {
  const value = headers.get("Retry-After")?.trim();
  if (!value) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value);
  if (Number.isNaN(until)) return null;
  // The server's own clock is the reference if the `Date` header has it. The clock of this computer may be hours off.
  const serverNow = Date.parse(headers.get("Date") ?? "");
  return Math.max(0, until - (Number.isNaN(serverNow) ? Date.now() : serverNow));
}
