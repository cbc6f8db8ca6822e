const DAY_MS = 86_400_000;
/** Days whose dates are kept as text; all are dropped when there are more. */
const MAX_DAYS = 1_024;
const dates = new Map<number, string>();
const twoDigits = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'));

/**
 * ISO 8601 in UTC of milliseconds since the epoch, as `Date.prototype.toISOString` gives it, which takes five times as
 * long: a player holds two of them.
 *
 * @throws RangeError when no date is so many milliseconds from the epoch.
 */
export function toTimestamp(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  const inDay = ms - day * DAY_MS;
  const inHour = inDay % 3_600_000;
  const hours = (inDay - inHour) / 3_600_000;
  const inMinute = inHour % 60_000;
  const minutes = (inHour - inMinute) / 60_000;
  const millis = inMinute % 1_000;
  const seconds = (inMinute - millis) / 1_000;
  const lastDigits = String(millis + 1_000).slice(1);
  return `${dates.get(day) ?? dateOf(day)}${twoDigits[hours]}:${twoDigits[minutes]}:${twoDigits[seconds]}.${lastDigits}Z`;
}

function dateOf(day: number): string {
  const text = new Date(day * DAY_MS).toISOString();
  const date = text.slice(0, text.indexOf('T') + 1);
  if (dates.size === MAX_DAYS) dates.clear();
  dates.set(day, date);
  return date;
}
