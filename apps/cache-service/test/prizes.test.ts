import { openCache } from '@hanok/cache-client';
import {
  eventually,
  freePort,
  seededRng,
  startProcess,
  startRedis,
  temporaryFolder,
  type ChildHandle,
} from '@hanok/testkit';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { startLossyRelay } from './support/lossy-relay.ts';

const cacheMain = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const playerMain = fileURLToPath(new URL('../../player-service/src/main.ts', import.meta.url));
const adminToken = 'correct-horse-battery';
const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' };
const readyTimeoutMs = 60_000;
const players = 24;
/** How often a cache-service is killed while prizes are handed over. */
const kills = Number(process.env['HANOK_PRIZE_KILLS'] ?? 2);

async function start(main: string, env: Record<string, string>) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = await startProcess({
    args: [main],
    env: { PORT: String(port), LOG_LEVEL: 'error', ADMIN_TOKEN: adminToken, ...env },
    readyUrl: `${url}/readyz`,
    readyTimeoutMs,
  });
  return { child, url };
}

async function call<T>(url: string, method = 'GET', body?: object): Promise<T> {
  const answer = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return JSON.parse(text) as T;
}

async function failIfItEnds(child: ChildHandle): Promise<never> {
  const exit = await child.exited;
  throw new Error(`the process ended: ${JSON.stringify(exit)}. It printed:\n${child.output()}`);
}

interface Ledger {
  readonly items: readonly { readonly reason: string; readonly amount: number }[];
}

it('hands the prizes of a season over once, while its processes are killed and player-service comes and goes', async () => {
  await using redis = await startRedis({ dedicated: true });
  await using data = temporaryFolder();
  await using relay = await startLossyRelay(seededRng(7));
  const playerEnv = { DATABASE_URL: `sqlite:${data.path}/hanok.db`, CACHE_URL: 'memory:' };
  // Pauses that double after bad luck would be most of the time this takes.
  const cacheEnv = { CACHE_URL: redis.url, PLAYER_SERVICE_URLS: relay.url, PRIZE_RETRY_MAX_MS: '1000' };
  const cache = openCache(redis.url);
  const playerService = await start(playerMain, playerEnv);
  for (let i = 1; i <= players; i += 1) {
    const name = { username: `player-${i}`, email: `player-${i}@hanok.example` };
    await call(`${playerService.url}/v1/players`, 'POST', { ...name, deviceId: `device-of-player-${i}` });
  }

  // The season ends while player-service is away, and who ended it is killed before it handed anything over.
  const first = await start(cacheMain, cacheEnv);
  const board = `${first.url}/v1/leaderboards/weekly`;
  const prizes = Array.from({ length: 8 }, (_, i) => ({
    toRank: 3 * (i + 1),
    currency: 'gold',
    amount: 100 - i,
  }));
  await call(`${board}/schedule`, 'PUT', { cron: '0 0 1 1 *' });
  await call(`${board}/prizes`, 'PUT', { prizes });
  const scores = Array.from({ length: players }, (_, i) => ({ playerId: String(i + 1), score: -i }));
  await call(`${board}/scores/batch`, 'POST', { scores });
  // It began two years ago, so that its end is overdue.
  const season = Date.UTC(new Date().getUTCFullYear() - 2, 5);
  await cache.store.set('leaderboard:{weekly}:season', String(season));
  await eventually(async () => expect(await cache.leaderboards.top('weekly')).toEqual([]), {
    timeoutMs: 30_000,
  });
  first.child.kill('SIGKILL');
  expect(await cache.seasonPrizes.handOver('weekly', season)).toMatchObject({
    status: 'pending',
    handedToRank: 0,
  });

  // Two at a time hand over; requests and answers are lost, and one of them is killed again and again.
  relay.target = playerService.url;
  relay.lossRate = 0.3;
  const survivor = await start(cacheMain, cacheEnv);
  for (let i = 0; i < kills; i += 1) {
    const victim = await start(cacheMain, cacheEnv);
    await sleep(200 * i);
    victim.child.kill('SIGKILL');
    await victim.child.exited;
  }
  relay.lossRate = 0;
  const handedOver = eventually(
    async () =>
      expect(await call(`${survivor.url}/v1/leaderboards/weekly/seasons/${season}/prizes`)).toMatchObject({
        status: 'done',
        handedToRank: players,
        paid: players,
        refused: 0,
      }),
    { timeoutMs: 90_000 },
  );
  await Promise.race([handedOver, failIfItEnds(survivor.child)]);

  for (const [index, { playerId }] of scores.entries()) {
    const amount = prizes[Math.floor(index / 3)]?.amount;
    const { items } = await call<Ledger>(`${playerService.url}/v1/players/${playerId}/ledger`);
    expect(items.map((entry) => [entry.reason, entry.amount])).toEqual([['SEASON_PRIZE', amount]]);
  }
  expect(relay.lostAnswers).toBeGreaterThan(0);
  await cache.close();
  for (const { child } of [survivor, playerService]) await child[Symbol.asyncDispose]();
}, 240_000);
