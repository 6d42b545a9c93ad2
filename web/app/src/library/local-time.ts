/** A moment as a `datetime-local` field has it, in the reader's time zone: `2026-03-31T17:00`. */
export function toLocalInput(moment: Date): string {
  const local = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, "YYYY-MM-DDTHH:MM".length);
}

/** The value of such a field as RFC 3339 in UTC. */
export function fromLocalInput(value: string): string {
  return new Date(value).toISOString();
}
