/** Formats a date for a `datetime-local` field in the user's time zone, such as `2026-03-31T17:00`. */
export function toLocalInput(moment: Date): string {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, "YYYY-MM-DDTHH:MM".length);
}

/** Converts the value of a `datetime-local` field to RFC 3339 in UTC. */
export function fromLocalInput(value: string): string {
  return new Date(value).toISOString();
}
