import {
  Candidates,
  createStrategy,
  type BackendTable,
  type Strategy,
  type StrategyName,
} from '@hanok/strategies';
import { DEFAULT_ROUTE, type Route } from '../routing/route-policy.ts';
import { PoolTable } from './pool-table.ts';

/** What chooses in one pool. */
interface PoolChoice {
  readonly table: PoolTable | undefined;
  readonly candidates: Candidates;
  strategy: Strategy;
  /** For clients with a token; made when the first one comes. */
  sticky: Strategy | undefined;
}

/** What a pick is made with. */
export interface Choice {
  readonly candidates: Candidates;
  readonly strategy: Strategy;
}

/**
 * The strategies of one worker: one for each pool of the listener, and one more for clients with a token, which
 * sends the same token to the same backend. A listener of one pool uses the shared table as it is.
 */
export class PoolChoices {
  readonly #pools = new Map<string, PoolChoice>();
  readonly #default: PoolChoice;

  /**
   * @param pools names of the pools besides the default one
   * @param poolOf the pool of the backend in a slot; undefined while the backend is not known here
   */
  constructor(
    table: BackendTable,
    strategy: StrategyName,
    pools: readonly string[],
    poolOf: (slot: number) => string | undefined,
  ) {
    const create = (name: string): PoolChoice => {
      const own = pools.length === 0 ? undefined : new PoolTable(table, (slot) => poolOf(slot) === name);
      const candidates = new Candidates(own ?? table);
      return { table: own, candidates, strategy: createStrategy(strategy, candidates), sticky: undefined };
    };
    this.#default = create(DEFAULT_ROUTE.pool);
    for (const name of pools) this.#pools.set(name, create(name));
  }

  /** One client may have a backend where another cannot. */
  get areSeveral(): boolean {
    return this.#pools.size > 0;
  }

  use(strategy: StrategyName): void {
    for (const pool of [this.#default, ...this.#pools.values()]) {
      pool.strategy = createStrategy(strategy, pool.candidates);
    }
  }

  /** A backend became known, or another one has its slot. */
  backendsChanged(): void {
    for (const pool of [this.#default, ...this.#pools.values()]) pool.table?.regroup();
  }

  for({ pool, tokenHash }: Route): Choice {
    const choice = this.#pools.get(pool) ?? this.#default;
    if (tokenHash === undefined) return choice;
    choice.sticky ??= createStrategy('maglev', choice.candidates);
    return { candidates: choice.candidates, strategy: choice.sticky };
  }
}
