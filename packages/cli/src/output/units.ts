/** `1.5 KiB`; a dash for what is not known. */
export function showBytes(sizeBytes: number | null): string {
  if (sizeBytes === null) return '-';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = sizeBytes;
  let unit = 0;
  while (size >= 1_024 && unit < units.length - 1) {
    size /= 1_024;
    unit += 1;
  }
  return `${unit === 0 ? size.toFixed(0) : size.toFixed(1)} ${units[unit]}`;
}

/** `0.42 ms`, `1.50 s`; a dash for what is not known. */
export function showMs(ms: number | null): string {
  if (ms === null) return '-';
  return ms < 1_000 ? `${ms.toFixed(ms < 10 ? 2 : 0)} ms` : `${(ms / 1_000).toFixed(2)} s`;
}

/** `12.3/s`; a dash for what is not known. */
export function showRate(perSecond: number | null): string {
  if (perSecond === null) return '-';
  return perSecond < 100 ? `${perSecond.toFixed(1)}/s` : `${Math.round(perSecond).toLocaleString('en')}/s`;
}

/** Thousands are separated: `1,234,567`. */
export function showCount(count: number): string {
  return count.toLocaleString('en');
}
