import { expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { openApp, sharedApp } from '../support/open-app.ts';

it('drops copies by tag and by key, and reports servers and near caches', async () => {
  const app = await openApp();
  const put = (id: string, tags: string[]) =>
    call(app, 'PUT', `/v1/cache/players/${id}`, { player: { id }, tags });
  await put('1', ['guild:red']);
  await put('2', ['guild:red', 'vip']);
  await put('3', ['guild:blue']);
  expect(await call(app, 'POST', '/v1/invalidations', { tag: 'guild:red' })).toMatchObject({
    status: 200,
    body: {
      tag: 'guild:red',
      complete: true,
      deleted: 2,
      shards: [{ shard: 'memory', ok: true, deleted: 2 }],
      nearCaches: [],
    },
  });
  expect(await call(app, 'GET', '/v1/cache/players/1')).toMatchObject({ status: 404 });
  expect(await call(app, 'GET', '/v1/cache/players/3')).toMatchObject({ status: 200 });

  const near = app.cache.players({ load: async () => ({ id: '3' }), near: { name: 'game-7' } });
  await expect.poll(async () => (await near.read('3'), near.peek('3'))).toBeDefined();
  expect(await call(app, 'POST', '/v1/invalidations', { key: 'player:3' })).toMatchObject({
    status: 200,
    body: {
      key: 'player:3',
      deleted: 1,
      nearCaches: [
        {
          shard: 'memory',
          holder: expect.stringMatching(/^game-7\./) as string,
          outcome: 'acknowledged',
        },
      ],
    },
  });
  expect(near.peek('3')).toBeUndefined();
});

const shared = sharedApp();

it.each([
  [{}, 'oneOf'],
  [{ tag: 'a', key: 'player:1' }, 'oneOf'],
  [{ tag: 'a b' }, 'pattern'],
  [{ key: 'session:1' }, 'pattern'],
])('refuses %j with the rule %s', async (body, rule) => {
  expect(await call(shared(), 'POST', '/v1/invalidations', body)).toMatchObject({
    status: 400,
    body: { errors: [{ rule }] },
  });
});

it('refuses more tags than a value may have', async () => {
  const tags = Array.from({ length: 17 }, (_, i) => `t${i}`);
  const answer = await call(shared(), 'PUT', '/v1/cache/players/1', { player: {}, tags });
  expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'body.tags', rule: 'maxItems' }] } });
});
