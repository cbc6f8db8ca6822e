import type { Comparison } from './compare.ts';
import type { Figure } from './figure.ts';

/** Some comparisons and figures that share their preparation. */
export interface Suite {
  readonly name: string;
  /** Starts what the comparisons need and checks that both sides answer correctly. */
  prepare(): Promise<PreparedSuite>;
}

export interface PreparedSuite extends AsyncDisposable {
  readonly comparisons: readonly Comparison[];
  /** Taken after the comparisons, in order. */
  readonly figures?: readonly Figure[];
}
