import { openCache } from '@hanok/cache-client';
import { setTimeout as sleep } from 'node:timers/promises';

/** One of the processes that hold near copies of the players 0 to 99, and read them all the time. */
const [url = ''] = process.argv.slice(2);
const cache = openCache(url);
const players = cache.players<{ id: string }>({ load: async (id) => ({ id }), near: {} });

for (let isTold = false; ;) {
  for (let i = 0; i < 10; i += 1) await players.read(String(Math.floor(Math.random() * 100)));
  if (!isTold && players.stats.nearHits > 100) {
    isTold = true;
    process.stdout.write('holding\n');
  }
  await sleep(1);
}
