import type { Rng } from '@hanok/service-kit';
import { CHANCES, type StrategyName } from '@hanok/strategies';
import type { Balancer } from '../balancer.ts';
import { replay } from './replay.ts';

/** What `name` would have done with the last decisions of a balancer's workers, and the load on each backend. */
export async function replayFor(balancer: Balancer, name: StrategyName, rng: Rng) {
  const { backends, state, workers } = balancer;
  const decisions = (await workers.decisions()).toReversed();
  const { key, weight, fullWeight, maxActive } = state.table;
  const members = backends.list().map(({ slot, version }) => ({
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
    backends: backends.list().map(({ slot, spec }) => ({
      id: spec.id,
      connections: loads.get(slot)?.actual ?? 0,
      replayedConnections: loads.get(slot)?.replayed ?? 0,
    })),
  };
}
