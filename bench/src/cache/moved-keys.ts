import { Rendezvous } from '@hanok/cache-client';
import type { Figure } from '../harness/figure.ts';

const keys = 1_000_000;

/** How many keys move when a server joins three others. */
export const movedKeysFigure: Figure = {
  title: 'keys that move when the 4th of 4 shards is added',
  unit: '%',
  better: 'lower',
  must: 27,
  async measure() {
    const nodes = Array.from({ length: 4 }, (_, i) => ({ name: `redis-${i}:6379`, weight: 1 }));
    const [before, after] = [new Rendezvous(nodes.slice(0, 3)), new Rendezvous(nodes)];
    let moved = 0;
    for (let i = 0; i < keys; i += 1) {
      const key = `player:${i}`;
      if (before.indexOf(key) !== after.indexOf(key)) moved += 1;
    }
    return { value: (100 * moved) / keys, remark: `${keys.toLocaleString('en')} keys; by modulo 75%` };
  },
};
