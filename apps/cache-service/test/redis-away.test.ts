import { eventually, startRedis } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { openApp } from './support/open-app.ts';

const requests = [
  { method: 'GET', url: '/v1/cache/players/1' },
  { method: 'PUT', url: '/v1/cache/players/1', payload: { player: {} } },
  { method: 'DELETE', url: '/v1/cache/players/1' },
  { method: 'POST', url: '/v1/sessions', payload: { playerId: '1' } },
  { method: 'POST', url: '/v1/sessions/validations', payload: { token: `hps_1.${'a'.repeat(43)}` } },
  { method: 'GET', url: '/v1/sessions?playerId=1' },
  { method: 'GET', url: '/v1/leaderboards/b' },
  { method: 'POST', url: '/v1/leaderboards/b/scores', payload: { playerId: '1', score: 1 } },
  { method: 'GET', url: '/v1/leaderboards/b/players/1/around' },
  { method: 'GET', url: '/v1/chat/c/messages' },
  { method: 'POST', url: '/v1/chat/c/messages', payload: { playerId: '1', text: 'x' } },
  { method: 'GET', url: '/v1/counters/c' },
  { method: 'POST', url: '/v1/counters/c', payload: {} },
] as const;

it('answers 503 with Retry-After at once while Redis is away, and serves again by itself', async () => {
  await using redis = await startRedis({ dedicated: true });
  const { server, cache } = await openApp({ url: redis.url });
  const readiness = async (): Promise<number> => (await server.inject('/readyz')).statusCode;
  await eventually(async () => expect(await readiness()).toBe(200));

  await redis.kill();
  await eventually(() => expect(cache.connected).toBe(false));
  for (const request of requests) {
    const answer = await server.inject(request);
    expect(answer.statusCode).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.json()).toMatchObject({ code: 'cache_unavailable', retryable: true });
    expect(answer.body).not.toContain(String(redis.port));
  }
  expect(await readiness()).toBe(503);
  expect((await server.inject('/healthz')).statusCode).toBe(200);
  const invalidation = await server.inject({
    method: 'POST',
    url: '/v1/invalidations',
    payload: { pattern: 'player:*' },
  });
  expect(invalidation.json()).toMatchObject({
    complete: false,
    shards: [{ ok: false, error: 'unavailable' }],
  });

  await redis.restart();
  await eventually(async () => expect((await server.inject('/v1/counters/c')).statusCode).toBe(200), {
    timeoutMs: 3_000,
  });
  await eventually(async () => expect(await readiness()).toBe(200));
});

it('answers within its timeout when Redis hangs', async () => {
  await using redis = await startRedis({ dedicated: true });
  const { server, cache } = await openApp({ url: redis.url, redis: { commandTimeoutMs: 200 } });
  await eventually(() => expect(cache.connected).toBe(true));
  redis.pause();
  const answers = await Promise.all(requests.map((request) => server.inject(request)));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(requests.map(() => 503));
  redis.resume();
  await eventually(async () => expect((await server.inject('/v1/counters/c')).statusCode).toBe(200));
});
