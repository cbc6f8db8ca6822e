import type { CacheStore } from '../../src/index.ts';
import type { CoherenceRun, ReadThrough } from './coherence-checker.ts';

/** What a textbook says: read, else load and store; delete after a change. */
export function naiveCacheAside(store: CacheStore, load: Parameters<CoherenceRun['open']>[0]): ReadThrough {
  return {
    async read(playerId) {
      const held = await store.get(playerId);
      if (held !== undefined) return { version: Number(held) };
      const player = await load(playerId);
      await store.set(playerId, String(player.version));
      return player;
    },
    invalidate: (playerId) => store.delete(playerId),
  };
}
