import { eventually } from '@hanok/testkit';
import { openCache } from '../../src/index.ts';
import { ready } from '../support/ready.ts';

/**
 * One of several processes that all miss the same player at once. Another Redis stands in for the database, whose
 * answer comes only when every read of every process has missed: no read is late enough to find what a first one kept.
 *
 * Arguments: cache URL, database URL, reads of this process, reads of all. Begins when the database has the key `go`;
 * then prints its counts as JSON.
 */
const [cacheUrl = '', databaseUrl = '', ownReads = '', allReads = ''] = process.argv.slice(2);
const patience = { timeoutMs: 60_000 };
const cache = openCache(cacheUrl, { redis: { commandTimeoutMs: patience.timeoutMs } });
const database = openCache(databaseUrl);
await Promise.all([ready(cache.store), ready(database.store)]);

const players = cache.players({
  leaseMs: patience.timeoutMs,
  async load() {
    const load = await database.store.incrementBy('loads', 1);
    await eventually(async () => {
      const missed = await database.store.get('missed');
      if (missed !== allReads) throw new Error(`${missed} reads of ${allReads} have missed`);
    }, patience);
    return { load };
  },
});

process.stdout.write('waiting\n');
await eventually(async () => {
  if (!(await database.store.exists('go'))) throw new Error('it was not said that it begins');
}, patience);
const reads = Array.from({ length: Number(ownReads) }, () => players.read('1'));
await eventually(() => {
  const { misses } = players.stats;
  if (misses !== reads.length) throw new Error(`${misses} reads of ${reads.length} have missed`);
}, patience);
await database.store.incrementBy('missed', reads.length);
const answers = await Promise.all(reads);
const counts = { ofFirstLoad: answers.filter((player) => player?.load === 1).length, ...players.stats };
process.stdout.write(`counts: ${JSON.stringify(counts)}\n`);
await cache.close();
await database.close();
