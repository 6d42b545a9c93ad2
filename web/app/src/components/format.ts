const dateTimeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const dayFormat = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const numberFormat = new Intl.NumberFormat();
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** A date and time in the format of the user's locale. */
export function dateTime(timestamp: string): string {
  return dateTimeFormat.format(new Date(timestamp));
}

/** A date in the format of the user's locale. A day without a time is the same day in every time zone. */
export function date(timestamp: string): string {
  return dateFormat.format(new Date(isDay(timestamp) ? `${timestamp}T00:00` : timestamp));
}

/** A day without its year, such as `Jul 1` for `2026-07-01`. */
export function shortDay(day: string): string {
  return dayFormat.format(new Date(`${day}T00:00`));
}

/** Whether a time is a day, such as `2026-03-31`. */
export function isDay(timestamp: string): boolean {
  return timestamp.length === "2026-03-31".length;
}

export function count(value: number): string {
  return numberFormat.format(value);
}

/** `1 block`, `2 blocks`. */
export function pluralize(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** A duration in milliseconds as `0.4 s`, `12 s`, `3 min 5 s` or `2 h 10 min`. Negative durations become `0.0 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 10 * SECOND_MS) return `${(Math.max(0, milliseconds) / SECOND_MS).toFixed(1)} s`;
  if (milliseconds < MINUTE_MS) return `${Math.round(milliseconds / SECOND_MS)} s`;
  if (milliseconds < HOUR_MS) {
    return `${Math.floor(milliseconds / MINUTE_MS)} min ${Math.floor((milliseconds % MINUTE_MS) / SECOND_MS)} s`;
  }
  return `${Math.floor(milliseconds / HOUR_MS)} h ${Math.floor((milliseconds % HOUR_MS) / MINUTE_MS)} min`;
}

/** Converts millionths of a US dollar to dollars. Amounts below $1 have four decimal places. */
export function dollars(microUsd: number): string {
  const value = microUsd / 1_000_000;
  return `$${value.toFixed(value < 1 ? 4 : 2)}`;
}

/** Converts a constant of the API to text, such as `TIMED_OUT` to “Timed out”. */
export function humanize(constant: string): string {
  const text = constant.replaceAll("_", " ").toLowerCase();
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const MAX_WORDS = 80;

/** The beginning of a text in one line. */
export function firstWords(text: string): string {
  const line = text.trim().replaceAll(/\s+/g, " ");
  if (line.length <= MAX_WORDS) return line;
  const end = line.lastIndexOf(" ", MAX_WORDS);
  return `${line.slice(0, end > MAX_WORDS / 2 ? end : MAX_WORDS)}…`;
}
