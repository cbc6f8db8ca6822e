import { language, t } from './words.ts';

const none = '–';

function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = language() + JSON.stringify(options);
  let format = formats.get(key);
  if (format === undefined) formats.set(key, (format = new Intl.NumberFormat(language(), options)));
  return format;
}

/** Making one is slow, using one is fast. */
const formats = new Map<string, Intl.NumberFormat>();

/** A whole number, with separators. */
export function whole(value: number | null | undefined): string {
  return value === null || value === undefined
    ? none
    : numberFormat({ maximumFractionDigits: 0 }).format(value);
}

/** A figure at a glance: 12.3, 1.2K. */
export function compact(value: number | null | undefined): string {
  if (value === null || value === undefined) return none;
  if (Math.abs(value) < 1_000)
    return numberFormat({ maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
  return numberFormat({ notation: 'compact', maximumFractionDigits: 1 }).format(value);
}

/** A rate: `12/s`. */
export function perSecond(value: number | null | undefined): string {
  return value === null || value === undefined ? none : `${compact(value)}/s`;
}

const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Bytes by the thousand and twenty-four. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined) return none;
  let rest = value;
  let unit = 0;
  while (rest >= 1_024 && unit < units.length - 1) {
    rest /= 1_024;
    unit += 1;
  }
  return `${numberFormat({ maximumFractionDigits: rest < 10 && unit > 0 ? 1 : 0 }).format(rest)} ${units[unit]}`;
}

/** A duration given in milliseconds. */
export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return none;
  if (value >= 10_000) return `${numberFormat({ maximumFractionDigits: 0 }).format(value / 1_000)} s`;
  if (value >= 1_000) return `${numberFormat({ maximumFractionDigits: 1 }).format(value / 1_000)} s`;
  return `${numberFormat({ maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 }).format(value)} ms`;
}

/** A share from 0 to 1. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined
    ? none
    : numberFormat({ style: 'percent', maximumFractionDigits: 1 }).format(value);
}

/** The time of day. */
export function timeOfDay(iso: string): string {
  return new Date(iso).toLocaleTimeString(language(), { hour12: false });
}

/** Date and time. */
export function dateTime(iso: string | null): string {
  if (iso === null) return none;
  return new Date(iso).toLocaleString(language(), {
    dateStyle: 'medium',
    timeStyle: 'medium',
    hour12: false,
  });
}

/** How long ago, roughly. */
export function ago(iso: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(iso)) / 1_000));
  if (seconds < 60) return t('time.seconds', { n: seconds });
  if (seconds < 3_600) return t('time.minutes', { n: Math.floor(seconds / 60) });
  return timeOfDay(iso);
}
