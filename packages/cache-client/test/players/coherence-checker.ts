import type { Rng } from '@hanok/service-kit';
import { dawdle } from '../support/delayed-store.ts';

/** The part of a player cache that coherence is about. */
export interface ReadThrough {
  read(playerId: string): Promise<{ readonly version: number } | undefined>;
  invalidate(playerId: string): Promise<unknown>;
}

export interface CoherenceRun {
  /** Makes the cache of one process; `load` reads the source. */
  readonly open: (load: (playerId: string) => Promise<{ version: number }>) => ReadThrough;
  readonly rng: Rng;
  readonly processes: number;
  readonly readsEach: number;
  readonly players: number;
}

export interface CoherenceReport {
  readonly reads: number;
  readonly writes: number;
  /** Reads that returned less than what was acknowledged before they began. */
  readonly stale: number;
  readonly loads: number;
}

/**
 * Readers and writers in several caches over one source, with random delays at every step, and a check of every
 * read: the version it returns is not below the version whose invalidation had been acknowledged when it began.
 */
export async function checkCoherence(run: CoherenceRun): Promise<CoherenceReport> {
  const { rng } = run;
  const source = new Map<string, number>();
  const acknowledged = new Map<string, number>();
  const counts = { reads: 0, writes: 0, stale: 0, loads: 0 };
  const anyPlayer = (): string => String(Math.floor(rng.next() * run.players));

  const load = async (playerId: string): Promise<{ version: number }> => {
    counts.loads += 1;
    await dawdle(rng);
    const version = source.get(playerId) ?? 0;
    await dawdle(rng);
    return { version };
  };

  const write = async (cache: ReadThrough): Promise<void> => {
    const playerId = anyPlayer();
    const version = (source.get(playerId) ?? 0) + 1;
    source.set(playerId, version);
    await cache.invalidate(playerId);
    counts.writes += 1;
    acknowledged.set(playerId, Math.max(acknowledged.get(playerId) ?? 0, version));
  };

  const read = async (cache: ReadThrough): Promise<void> => {
    const playerId = anyPlayer();
    const atLeast = acknowledged.get(playerId) ?? 0;
    const player = await cache.read(playerId);
    counts.reads += 1;
    if ((player?.version ?? -1) < atLeast) counts.stale += 1;
  };

  const caches = Array.from({ length: run.processes }, () => run.open(load));
  await Promise.all(
    caches.flatMap((cache) =>
      Array.from({ length: 8 }, async () => {
        for (let i = 0; i < run.readsEach / 8; i += 1) {
          if (rng.next() < 0.15) await write(cache);
          else await read(cache);
          if (rng.next() < 0.2) await dawdle(rng);
        }
      }),
    ),
  );
  return counts;
}
