import { systemRng } from '@hanok/service-kit';
import { openCache } from '../../src/index.ts';
import { ready } from '../support/ready.ts';

/**
 * One process of a fleet whose list of Redis servers is changed. Counts, keeps sessions and reads players, and
 * looks each time whether anything was lost or old; another Redis stands in for the database.
 *
 * Arguments: cache URL, database URL, name. Goes on until the database has the key `stop:{name}`; then prints its
 * counts as JSON.
 */
const [cacheUrl = '', databaseUrl = '', name = ''] = process.argv.slice(2);
const cache = openCache(cacheUrl);
const database = openCache(databaseUrl);
await Promise.all([ready(cache.store), ready(database.store)]);
const counts = { increments: 0, reads: 0, nearHits: 0, stale: 0, validations: 0, lostSessions: 0, errors: 0 };
const failures = new Set<string>();
const random = (below: number): number => Math.floor(systemRng.next() * below);

const source = database.store;
const players = cache.players({
  load: async (id) => ({ version: Number((await source.get(`version:${id}`)) ?? 0) }),
  near: {},
});

async function readPlayer(): Promise<void> {
  const id = String(random(40));
  const acknowledged = (await database.leaderboards.rank('acknowledged', id))?.score ?? 0;
  const player = await players.read(id);
  counts.reads += 1;
  if ((player?.version ?? -1) < acknowledged) counts.stale += 1;
}

async function writePlayer(): Promise<void> {
  const id = String(random(40));
  const version = await source.incrementBy(`version:${id}`, 1);
  if ((await players.invalidate(id)) === 'pending') throw new Error('an invalidation was not acknowledged');
  await database.leaderboards.submit('acknowledged', id, version);
}

const tokens: string[] = [];

async function useSession(): Promise<void> {
  if (tokens.length < 30) tokens.push((await cache.sessions.create(`${name}-${tokens.length}`)).token);
  const token = tokens[random(tokens.length)] ?? '';
  counts.validations += 1;
  if ((await cache.sessions.validate(token)) === undefined) counts.lostSessions += 1;
}

async function count(): Promise<void> {
  await cache.counters.increment(`c${random(60)}`);
  counts.increments += 1;
}

const steps = [readPlayer, readPlayer, readPlayer, writePlayer, useSession, count, count];
let isStopped = false;

async function work(): Promise<void> {
  for (let i = 0; !isStopped; i += 1) {
    try {
      await steps[random(steps.length)]?.();
    } catch (error) {
      counts.errors += 1;
      failures.add(String(error));
    }
    if (i % 20 === 0 && (await source.exists(`stop:${name}`))) isStopped = true;
  }
}

process.stdout.write('working\n');
await Promise.all(Array.from({ length: 6 }, work));
counts.nearHits = players.stats.nearHits;
process.stdout.write(`counts: ${JSON.stringify({ ...counts, failures: [...failures].slice(0, 5) })}\n`);
await cache.close();
await database.close();
