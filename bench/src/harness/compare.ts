import { judge, type Bound, type Verdict } from './bound.ts';
import { spreadOf, type Spread } from './statistics.ts';

/** One side of a comparison. `measure` does a fixed share of work and returns its figure. */
export interface Contender {
  readonly name: string;
  measure(): Promise<number>;
}

export interface Comparison {
  /** What is measured, and how. */
  readonly title: string;
  /** Unit of the contenders' figures, such as `requests/s`. */
  readonly unit: string;
  /** What ours is measured against. */
  readonly peer: Contender;
  readonly ours: Contender;
  /** What the ratio has to reach. `better: 'lower'` for times and memory. */
  readonly bound?: Bound;
}

export interface ComparisonResult {
  readonly title: string;
  readonly unit: string;
  readonly peer: { readonly name: string } & Spread;
  readonly ours: { readonly name: string } & Spread;
  /** Ours over the peer's, round by round: machine noise that lasts longer than a round cancels out. */
  readonly ratio: Spread;
  readonly bound: Bound;
  /** Of the median ratio. */
  readonly verdict: Verdict;
}

/**
 * Measures both sides in turn (A B, B A, A B …), so that neither always runs on the warmer machine. One round
 * before the first is thrown away: it warms the compilers up.
 */
export async function compare(comparison: Comparison, rounds: number): Promise<ComparisonResult> {
  const { peer, ours, bound = {} } = comparison;
  const figures: { peer: number; ours: number }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const figure = { peer: 0, ours: 0 };
    const order = round % 2 === 0 ? (['peer', 'ours'] as const) : (['ours', 'peer'] as const);
    for (const side of order) figure[side] = await comparison[side].measure();
    if (round > 0) figures.push(figure);
  }
  const ratio = spreadOf(figures.map((figure) => figure.ours / figure.peer));
  return {
    title: comparison.title,
    unit: comparison.unit,
    peer: { name: peer.name, ...spreadOf(figures.map((figure) => figure.peer)) },
    ours: { name: ours.name, ...spreadOf(figures.map((figure) => figure.ours)) },
    ratio,
    bound,
    verdict: judge(ratio.median, bound),
  };
}
