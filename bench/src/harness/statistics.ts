/** The middle of some figures and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** @throws RangeError without figures */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((left, right) => left - right);
  const [lowest] = sorted;
  const highest = sorted.at(-1);
  if (lowest === undefined || highest === undefined) throw new RangeError('no figures to summarise');
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? highest;
  const lower = sorted[Math.ceil(middle) - 1] ?? lowest;
  return { median: (lower + upper) / 2, lowest, highest };
}

/** The smallest of the figures that is at least as high as so many percent of them. @throws RangeError without figures */
export function percentile(figures: readonly number[], percent: number): number {
  const sorted = figures.toSorted((left, right) => left - right);
  const found = sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)];
  if (found === undefined) throw new RangeError('no figures to summarise');
  return found;
}
