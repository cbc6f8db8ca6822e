import { systemRng } from '@hanok/service-kit';
import { openStore, PlayerCache } from '../../src/index.ts';
import { DelayedStore } from '../support/delayed-store.ts';
import { ready } from '../support/ready.ts';
import { acknowledge, acknowledgedVersion } from './acknowledged-versions.ts';
import { naiveCacheAside } from './naive-cache-aside.ts';

/** Reads and writes going on at the same time in this process. */
const callers = 48;
const shareOfWrites = 0.05;

/**
 * One of several processes on one cache. Another Redis stands in for the database: it holds each player's
 * version and the version that was acknowledged last, which a reader looks up before he reads. So each read is
 * checked as it ends, and nothing is kept of it, however many there are.
 *
 * Arguments: `leases` or `naive`, cache URL, database URL, reads, players. Prints its counts as JSON.
 */
const [kind = '', cacheUrl = '', databaseUrl = '', reads = '', players = ''] = process.argv.slice(2);
const store = await ready(openStore(cacheUrl, { redis: { commandTimeoutMs: 2_000 } }));
// It never goes away; a machine that is busy may hold it up.
const database = await ready(openStore(databaseUrl, { redis: { commandTimeoutMs: 60_000 } }));
const rng = systemRng;
const counts = { reads: 0, writes: 0, pending: 0, stale: 0, loads: 0, nearHits: 0 };

const load = async (id: string): Promise<{ version: number }> => {
  counts.loads += 1;
  return { version: Number((await source.get(`version:${id}`)) ?? 0) };
};
const source = new DelayedStore(database, rng);
const delayed = new DelayedStore(store, rng);
const playerCache = new PlayerCache(delayed, { load, leaseMs: 500, near: {} });
const cache = kind === 'naive' ? naiveCacheAside(delayed, load) : playerCache;

async function write(id: string): Promise<void> {
  const version = await source.incrementBy(`version:${id}`, 1);
  if ((await cache.invalidate(id)) === 'pending') {
    counts.pending += 1;
    return;
  }
  counts.writes += 1;
  await database.run(acknowledge, ['acknowledged'], [id, version]);
}

async function read(id: string): Promise<void> {
  const acknowledged = await database.run(acknowledgedVersion, ['acknowledged'], [id]);
  const player = await cache.read(id);
  counts.reads += 1;
  if ((player?.version ?? -1) < acknowledged) counts.stale += 1;
}

async function play(): Promise<void> {
  while (counts.reads < Number(reads)) {
    const id = String(Math.floor(rng.next() * Number(players)));
    if (rng.next() < shareOfWrites) await write(id);
    else await read(id);
  }
}

await Promise.all(Array.from({ length: callers }, play));
counts.nearHits = playerCache.stats.nearHits;
process.stdout.write(`counts: ${JSON.stringify(counts)}\n`);
playerCache.close();
await store.close();
await database.close();
