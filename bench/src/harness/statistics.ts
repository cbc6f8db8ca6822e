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
