import type { StrategyName } from '@hanok/strategies';
import type { RelayTimeouts } from '../relay/relay-engine.ts';

/** What a worker goes by for the clients of one pool. */
export interface PoolRules {
  readonly strategy: StrategyName;
  /** Further backends to try when a connect fails. */
  readonly connectRetries: number;
  /** Longest wait for a backend, ms. */
  readonly queueTimeoutMs: number;
  /** Connect failures in a row after which the main thread is told; 0: never. */
  readonly ejectAfterFailures: number;
  readonly timeouts: RelayTimeouts;
}

/** By name; the default pool has the empty name. All pools of the listener are there. */
export type PoolRulesByName = ReadonlyMap<string, PoolRules>;

/** The rules of a pool; of the default one where there is none of this name. */
export function rulesOf(all: PoolRulesByName, pool: string): PoolRules {
  const rules = all.get(pool) ?? all.get('');
  if (rules === undefined) throw new RangeError('the default pool has no rules');
  return rules;
}
