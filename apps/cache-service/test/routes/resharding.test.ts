import { eventually, startRedis } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { openApp } from '../support/open-app.ts';

it('moves keys to a server that was added, and tells how far it is', async () => {
  await using first = await startRedis({ dedicated: true });
  await using second = await startRedis({ dedicated: true });
  const old = `127.0.0.1:${first.port}`;
  const before = await openApp({ url: `redis://${old}` });
  await eventually(() => expect(before.cache.connected).toBe(true));
  for (let i = 0; i < 40; i += 1) await before.cache.counters.increment(`c${i}`);

  const app = await openApp({ url: `redis://${old},127.0.0.1:${second.port}?previous=${old}` });
  await eventually(() => expect(app.cache.connected).toBe(true));
  expect(await call(app, 'GET', '/v1/resharding')).toMatchObject({
    status: 200,
    body: { running: false, movedKeys: 0, servers: [{ state: 'prepared' }, { state: 'prepared' }] },
  });
  expect(await call(app, 'POST', '/v1/resharding', {})).toMatchObject({ status: 409 });
  expect(
    await call(app, 'POST', '/v1/resharding', { outdated: 'fence', keysPerSecond: 5_000 }),
  ).toMatchObject({
    status: 202,
  });
  await eventually(async () =>
    expect(await call(app, 'GET', '/v1/resharding')).toMatchObject({
      body: { running: false, servers: [{ state: 'done' }, { state: 'done' }] },
    }),
  );
  for (let i = 0; i < 40; i += 1) expect(await app.cache.counters.read(`c${i}`)).toBe(1);
  expect(await call(before, 'GET', '/v1/counters/c1')).toMatchObject({ status: 503 });
});

it('says so when the list of servers does not change', async () => {
  const app = await openApp();
  expect(await call(app, 'GET', '/v1/resharding')).toMatchObject({ status: 409 });
});
