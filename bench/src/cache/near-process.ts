import { openCache } from '@hanok/cache-client';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * One of the processes that hold near copies of the players 0 to 99, and read them 10,000 times a second. In few turns of
 * the event loop: with eight processes on two cores, waking up all the time would be most of what is measured.
 */
const readsInATurn = 100;
const pauseMs = 10;
const [url = ''] = process.argv.slice(2);
const cache = openCache(url);
const players = cache.players<{ id: string }>({ load: async (id) => ({ id }), near: {} });

for (let isTold = false; ;) {
  for (let i = 0; i < readsInATurn; i += 1) await players.read(String(Math.floor(Math.random() * 100)));
  if (!isTold && players.stats.nearHits > 100) {
    isTold = true;
    process.stdout.write('holding\n');
  }
  await sleep(pauseMs);
}
