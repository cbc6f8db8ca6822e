import {
  Candidates,
  createStrategy,
  type BackendTable,
  type Strategy,
  type StrategyName,
} from '@hanok/strategies';
import type { Route } from '../routing/route-policy.ts';
import type { PoolRulesByName } from './pool-rules.ts';
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

  /** @param poolOf the pool of the backend in a slot; undefined while the backend is not known here */
  constructor(table: BackendTable, rules: PoolRulesByName, poolOf: (slot: number) => string | undefined) {
    for (const [name, { strategy }] of rules) {
      const own = rules.size === 1 ? undefined : new PoolTable(table, (slot) => poolOf(slot) === name);
      const candidates = new Candidates(own ?? table);
      const choice = {
        table: own,
        candidates,
        strategy: createStrategy(strategy, candidates),
        sticky: undefined,
      };
      this.#pools.set(name, choice);
    }
  }

  /** One client may have a backend where another cannot. */
  get areSeveral(): boolean {
    return this.#pools.size > 1;
  }

  /** Later picks in a pool are made by this strategy. */
  use(pool: string, strategy: StrategyName): void {
    const choice = this.#pools.get(pool);
    if (choice !== undefined) choice.strategy = createStrategy(strategy, choice.candidates);
  }

  /** A backend became known, or another one has its slot. */
  backendsChanged(): void {
    for (const { table } of this.#pools.values()) table?.regroup();
  }

  /** @throws RangeError when there is no such pool */
  for({ pool, tokenHash }: Route): Choice {
    const choice = this.#pools.get(pool);
    if (choice === undefined) throw new RangeError(`there is no pool ${pool}`);
    if (tokenHash === undefined) return choice;
    choice.sticky ??= createStrategy('maglev', choice.candidates);
    return { candidates: choice.candidates, strategy: choice.sticky };
  }
}
