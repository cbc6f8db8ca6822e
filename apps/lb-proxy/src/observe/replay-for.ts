import type { Rng } from '@hanok/service-kit';
import { CHANCES, type StrategyName } from '@hanok/strategies';
import type { Balancer } from '../balancer.ts';
import { replay } from './replay.ts';

/**
 * What `name` would have done with the last decisions of a balancer's workers, and the load on each backend.
 * @param pool only decisions for its clients, only its backends; undefined: those of all pools
 */
export async function replayFor(balancer: Balancer, name: StrategyName, rng: Rng, pool: string | undefined) {
  const { backends, state, workers } = balancer;
  const belongs = (its: string): boolean => pool === undefined || its === pool;
  const decisions = (await workers.decisions()).filter((each) => belongs(each.pool)).toReversed();
  const list = backends.list().filter(({ spec }) => belongs(spec.pool ?? ''));
  const { key, weight, fullWeight, maxActive } = state.table;
  const members = list.map(({ slot, version }) => ({
    slot,
    version,
    key: key[slot] ?? 0,
    weight: weight[slot] ?? 1,
    fullWeight: fullWeight[slot] ?? 1,
    maxActive: maxActive[slot] ?? 0,
  }));
  const { loads, ...tally } = replay(decisions, members, name, state.shape.capacity, {
    bits: () => Math.trunc(rng.next() * CHANCES),
  });
  const iso = (atMs: number | undefined) => (atMs === undefined ? null : new Date(atMs).toISOString());
  return {
    strategy: name,
    from: iso(decisions[0]?.atMs),
    to: iso(decisions.at(-1)?.atMs),
    ...tally,
    backends: list.map(({ slot, spec }) => ({
      id: spec.id,
      connections: loads.get(slot)?.actual ?? 0,
      replayedConnections: loads.get(slot)?.replayed ?? 0,
    })),
  };
}
