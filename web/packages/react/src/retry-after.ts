/** Milliseconds to wait by the `Retry-After` header, which holds seconds or an HTTP date; null if it says nothing. */
export function retryAfterMs(headers: Headers): number | null {
  const value = headers.get("Retry-After")?.trim();
  if (!value) return null;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value);
  if (Number.isNaN(until)) return null;
  // Both times by the server's clock where it tells it: the one of this computer may be wrong by hours.
  const serverNow = Date.parse(headers.get("Date") ?? "");
  return Math.max(0, until - (Number.isNaN(serverNow) ? Date.now() : serverNow));
}
