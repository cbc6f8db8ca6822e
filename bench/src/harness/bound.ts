/** What a figure has to reach, and what it would like to. */
export interface Bound {
  /** The figure that must be reached; a run that misses it exits with 1. */
  readonly must?: number;
  /** The figure that would be better still; missing it is only shown. */
  readonly aim?: number;
  /** Default `higher`. */
  readonly better?: 'higher' | 'lower';
}

export type Verdict = 'aim reached' | 'reached' | 'missed' | 'no bound';

export function judge(figure: number, { must, aim, better = 'higher' }: Bound): Verdict {
  const reaches = (bound: number) => (better === 'higher' ? figure >= bound : figure <= bound);
  // First of all, for an aim that is measured in the same run may turn out to be the easier one.
  if (must !== undefined && !reaches(must)) return 'missed';
  if (aim !== undefined && reaches(aim)) return 'aim reached';
  return must === undefined ? 'no bound' : 'reached';
}
