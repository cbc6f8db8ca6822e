/** The windows a counter has. Days are those of UTC. */
export type WindowUnit = 'minute' | 'hour' | 'day';

/** How long each window is and how many of them are kept. */
export const units = {
  minute: { letter: 'm', sizeMs: 60_000, kept: 60 },
  hour: { letter: 'h', sizeMs: 3_600_000, kept: 48 },
  day: { letter: 'd', sizeMs: 86_400_000, kept: 31 },
} as const;

const unitsByLetter: Readonly<Record<string, WindowUnit>> = { m: 'minute', h: 'hour', d: 'day' };

/** How long a counter's windows stay after its last increment. */
export const keepMs = units.day.sizeMs * units.day.kept;

/** The name of the window that holds a moment: the unit's letter and its number since the epoch. */
export function bucketAt(unit: WindowUnit, timeMs: number): string {
  const { letter, sizeMs } = units[unit];
  return `${letter}${Math.floor(timeMs / sizeMs)}`;
}

/** The minute, hour and day that hold a moment. */
export function bucketsAt(timeMs: number): readonly string[] {
  return [bucketAt('minute', timeMs), bucketAt('hour', timeMs), bucketAt('day', timeMs)];
}

/** A bucket's unit and when it begins, ms since the epoch. */
export function parseBucket(bucket: string): { unit: WindowUnit; start: number } {
  const unit = unitsByLetter[bucket.slice(0, 1)] ?? 'minute';
  return { unit, start: Number(bucket.slice(1)) * units[unit].sizeMs };
}
