import { SimulatedClock } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { FrequentKeys } from '../../src/observe/frequent-keys.ts';
import { StoreTraffic } from '../../src/observe/store-traffic.ts';
import { call } from '../support/call.ts';
import { openApp } from '../support/open-app.ts';

describe('/v1/status', () => {
  it('tells of the engine, its memory and its servers', async () => {
    const app = await openApp();
    await call(app, 'POST', '/v1/counters/c', {});
    const { status, body } = await call(app, 'GET', '/v1/status');
    expect(status).toBe(200);
    expect(body).toMatchObject({ engine: 'memory', connected: true, evictions: 0, hotKeys: [] });
    const { sizeBytes, entries } = body as { sizeBytes: number; entries: number };
    expect(sizeBytes).toBeGreaterThan(entries);
    expect(entries).toBeGreaterThan(0);
    expect(body).toMatchObject({ shards: [{ connected: true, error: null }] });
  });

  it('is for services and admins', async () => {
    const app = await openApp({ adminToken: 'a-token-of-the-test' });
    expect(await call(app, 'GET', '/v1/status')).toMatchObject({ status: 401 });
    const headers = { authorization: 'Bearer a-token-of-the-test' };
    expect(await call(app, 'GET', '/v1/status', undefined, headers)).toMatchObject({ status: 200 });
  });
});

describe('the traffic of the store', () => {
  it('has hits and misses of cached players, and nothing else', () => {
    const traffic = new StoreTraffic(new SimulatedClock());
    traffic.count('get', 'player:1', 'an entry');
    traffic.count('lease', 'player:2', null);
    traffic.count('get', 'session:1', null);
    expect(traffic).toMatchObject({ operations: 3, hits: 1, misses: 1 });
  });

  it('tells hot keys by a sample, scaled up', () => {
    const traffic = new StoreTraffic(new SimulatedClock());
    for (let asked = 0; asked < 80; asked += 1) traffic.count('get', 'hot', null);
    expect(traffic.hotKeys(5)).toEqual([{ key: 'hot', count: 80 }]);
  });
});

describe('the frequent keys', () => {
  it('are found among many that are used once, in bounded room', () => {
    const keys = new FrequentKeys();
    for (let round = 0; round < 2_000; round += 1) {
      keys.add(`once-${round}`, 0);
      if (round % 4 === 0) keys.add('hot', 0);
    }
    const all = keys.top(10_000);
    expect(all[0]?.key).toBe('hot');
    expect(all[0]?.count).toBeGreaterThanOrEqual(500);
    expect(all.length).toBeLessThanOrEqual(256);
  });

  it('fade by half each minute', () => {
    const keys = new FrequentKeys();
    for (let used = 0; used < 8; used += 1) keys.add('then', 0);
    keys.add('now', 60_000);
    keys.add('now', 120_000);
    expect(keys.top(5)).toEqual([
      { key: 'then', count: 2 },
      { key: 'now', count: 1 },
    ]);
  });
});
