import assert from 'node:assert/strict';
import { createCache, openStore, type Cache } from '@hanok/cache-client';
import { eventually, type TestServer } from '@hanok/testkit';
import { Redis } from 'ioredis';
import type { Comparison, Contender } from '../harness/compare.ts';
import { onDemand } from '../players/ground.ts';

const concurrency = 64;
const perMeasure = 40_000;
const members = 1_000_000;
const board = 'season';
const bareBoard = 'bare-board';

/** The client, its sessions and its boards on a real Redis beside the bare commands. */
export interface OnRedis extends AsyncDisposable {
  readonly comparisons: readonly Comparison[];
}

export async function prepareOnRedis(server: TestServer): Promise<OnRedis> {
  const cache = createCache(openStore(server.url));
  const plain = new Redis(server.url);
  const pipelining = new Redis(server.url, { enableAutoPipelining: true });
  await eventually(() => assert.ok(cache.connected));
  await cache.store.set('bare', 'x'.repeat(100));
  assert.equal(await plain.get('hanok:1:bare'), 'x'.repeat(100));
  const { token } = await cache.sessions.create('1');
  assert.equal((await cache.sessions.validate(token))?.playerId, '1');
  const boards = onDemand(() => fillBoards(cache, plain));
  const around = String(await plain.script('LOAD', aroundScript));

  return {
    comparisons: [
      ...[['ioredis', plain] as const, ['ioredis with auto-pipelining', pipelining] as const].flatMap(
        ([name, redis]) => [
          versus(
            'get through the client, 64 concurrent',
            contender(name, () => redis.get('hanok:1:bare')),
            contender('@hanok/cache-client', () => cache.store.get('bare')),
            { must: 1, aim: 1.5 },
          ),
          versus(
            'set through the client, 64 concurrent',
            contender(name, () => redis.set('hanok:1:bare', 'x'.repeat(100))),
            contender('@hanok/cache-client', () => cache.store.set('bare', 'x'.repeat(100))),
            { must: 1, aim: 1.5 },
          ),
        ],
      ),
      versus(
        'session validation',
        contender('a bare GET', () => plain.get('hanok:1:bare')),
        contender('sessions.validate', () => cache.sessions.validate(token)),
        { must: 0.9 },
      ),
      versus(
        `around-me on a board of ${members.toLocaleString('en')}`,
        contender(
          'the bare commands',
          (i) => plain.evalsha(around, 1, bareBoard, String(i % members)),
          boards,
        ),
        contender(
          'leaderboards.around',
          (i) => cache.leaderboards.around(board, String(i % members)),
          boards,
        ),
        { must: 0.8 },
      ),
    ],
    async [Symbol.asyncDispose]() {
      plain.disconnect();
      pipelining.disconnect();
      await cache.close();
    },
  };
}

/** Rank and neighbours need two commands, in one script so that it stays one round trip. */
const aroundScript = `
local rank = redis.call('ZRANK', KEYS[1], ARGV[1])
return redis.call('ZRANGE', KEYS[1], math.max(0, rank - 5), rank + 5, 'WITHSCORES')`;

async function fillBoards(cache: Cache, redis: Redis): Promise<void> {
  for (let from = 0; from < members; from += 1_000) {
    const scores = Array.from({ length: 1_000 }, (_, i) => ({
      playerId: String(from + i),
      score: ((from + i) * 7_919) % 1_000_003,
    }));
    await cache.leaderboards.submitMany(board, scores);
    await redis.zadd(bareBoard, ...scores.flatMap(({ playerId, score }) => [score, playerId]));
  }
}

function versus(title: string, peer: Contender, ours: Contender, bound: Comparison['bound']): Comparison {
  return { title, unit: 'calls/s', peer, ours, ...(bound === undefined ? {} : { bound }) };
}

function contender(
  name: string,
  call: (i: number) => Promise<unknown>,
  prepare: () => Promise<void> = async () => undefined,
): Contender {
  return {
    name,
    async measure() {
      await prepare();
      let next = 0;
      const begunAtMs = performance.now();
      await Promise.all(
        Array.from({ length: concurrency }, async () => {
          for (let i = next++; i < perMeasure; i = next++) await call(i);
        }),
      );
      return perMeasure / ((performance.now() - begunAtMs) / 1_000);
    },
  };
}
