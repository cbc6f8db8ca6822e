import { describe, expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { openApp } from '../support/open-app.ts';

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

describe('/v1/counters', () => {
  it('counts, reads and resets', async () => {
    const app = await openApp();
    expect(await call(app, 'GET', '/v1/counters/c')).toMatchObject({
      status: 200,
      body: { name: 'c', value: 0 },
    });
    expect(await call(app, 'POST', '/v1/counters/c', {})).toMatchObject({ status: 200, body: { value: 1 } });
    expect(await call(app, 'POST', '/v1/counters/c', { by: -5 })).toMatchObject({ body: { value: -4 } });
    expect(await call(app, 'DELETE', '/v1/counters/c')).toMatchObject({ status: 204 });
    expect(await call(app, 'GET', '/v1/counters/c')).toMatchObject({ body: { value: 0 } });
    await call(app, 'POST', '/v1/counters/w', { by: 3 });
    expect(await call(app, 'GET', '/v1/counters/w/windows?unit=day&last=2')).toMatchObject({
      body: {
        name: 'w',
        unit: 'day',
        items: [
          { start: iso, value: 0 },
          { start: iso, value: 3 },
        ],
        nextCursor: null,
      },
    });
    await call(app, 'POST', '/v1/counters/c', { by: Number.MAX_SAFE_INTEGER });
    expect(await call(app, 'POST', '/v1/counters/c', { by: 1 })).toMatchObject({ status: 422 });
  });
});

describe('/v1/uniques, /v1/top-lists and /v1/gauges', () => {
  it('counts who was seen', async () => {
    const app = await openApp();
    const url = '/v1/uniques/players';
    expect(await call(app, 'POST', url, { members: ['1', '2', '1'] })).toMatchObject({
      body: { changed: true },
    });
    expect(await call(app, 'GET', url)).toMatchObject({ status: 200, body: { name: 'players', count: 2 } });
    expect(await call(app, 'GET', `${url}?days=7`)).toMatchObject({ body: { count: 2 } });
    expect(await call(app, 'GET', `${url}?days=32`)).toMatchObject({ status: 400 });
    expect(await call(app, 'POST', url, { members: [] })).toMatchObject({ status: 400 });
    expect(await call(app, 'DELETE', url)).toMatchObject({ status: 204 });
    expect(await call(app, 'GET', url)).toMatchObject({ body: { count: 0 } });
  });

  it('lists what occurs most', async () => {
    const app = await openApp();
    const url = '/v1/top-lists/items';
    expect(await call(app, 'POST', url, { member: 'sword' })).toMatchObject({
      body: { member: 'sword', count: 1 },
    });
    await call(app, 'POST', url, { member: 'bow', by: 3 });
    expect(await call(app, 'GET', `${url}?limit=1`)).toMatchObject({
      body: { name: 'items', items: [{ member: 'bow', count: 3, error: 0 }], nextCursor: null },
    });
    expect(await call(app, 'POST', url, { member: 'sword', by: 0 })).toMatchObject({ status: 400 });
    expect(await call(app, 'DELETE', url)).toMatchObject({ status: 204 });
    expect(await call(app, 'GET', url)).toMatchObject({ body: { items: [] } });
  });

  it('adds up what servers say', async () => {
    const app = await openApp();
    const url = '/v1/gauges/online';
    expect(await call(app, 'PUT', `${url}/sources/a`, { value: 3 })).toMatchObject({ status: 204 });
    await call(app, 'PUT', `${url}/sources/b`, { value: 4, ttlMs: 60_000 });
    expect(await call(app, 'GET', url)).toMatchObject({ body: { name: 'online', value: 7, sources: 2 } });
    expect(await call(app, 'DELETE', `${url}/sources/a`)).toMatchObject({ status: 204 });
    expect(await call(app, 'GET', url)).toMatchObject({ body: { value: 4, sources: 1 } });
    expect(await call(app, 'PUT', `${url}/sources/a`, { value: 1.5 })).toMatchObject({ status: 400 });
  });
});
