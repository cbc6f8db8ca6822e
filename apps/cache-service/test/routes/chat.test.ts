import { describe, expect, it } from 'vitest';
import { call } from '../support/call.ts';
import { openApp } from '../support/open-app.ts';

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;

describe('/v1/chat', () => {
  it('publishes and reads, in both directions', async () => {
    const app = await openApp();
    const channel = '/v1/chat/guild:7/messages';
    const ids: string[] = [];
    for (let i = 0; i < 6; i += 1) {
      const published = await call(app, 'POST', channel, { playerId: '42', text: `m${i}` });
      expect(published).toMatchObject({
        status: 201,
        body: { channel: 'guild:7', playerId: '42', text: `m${i}`, sentAt: iso },
      });
      ids.push((published.body as { id: string }).id);
    }
    const read = async (query: string): Promise<unknown> => {
      const { body } = await call(app, 'GET', `${channel}?${query}`);
      const page = body as { items: { text: string }[]; nextCursor: string | null };
      return [page.items.map(({ text }) => text), page.nextCursor];
    };
    expect(await read('')).toEqual([['m0', 'm1', 'm2', 'm3', 'm4', 'm5'], null]);
    expect(await read('limit=2')).toEqual([['m4', 'm5'], ids[4]]);
    expect(await read(`limit=2&before=${ids[4]}`)).toEqual([['m2', 'm3'], ids[2]]);
    expect(await read(`limit=2&after=${ids[2]}`)).toEqual([['m3', 'm4'], ids[4]]);
    expect(await read(`limit=2&after=${ids[4]}`)).toEqual([['m5'], null]);
  });
});

describe('/v1/chat moderation', () => {
  it('deletes messages, mutes players and lets them publish again', async () => {
    const app = await openApp();
    const published = await call(app, 'POST', '/v1/chat/world/messages', { playerId: '1', text: 'rude' });
    const { id } = published.body as { id: string };
    expect(await call(app, 'DELETE', `/v1/chat/world/messages/${id}`)).toMatchObject({ status: 204 });
    expect(await call(app, 'GET', '/v1/chat/world/messages')).toMatchObject({
      body: { items: [{ deletes: id, text: '' }] },
    });
    expect(await call(app, 'PUT', '/v1/chat/world/mutes/1', { seconds: 600 })).toMatchObject({ status: 204 });
    expect(await call(app, 'GET', '/v1/chat/world/mutes')).toMatchObject({
      body: { items: [{ playerId: '1', until: iso }], nextCursor: null },
    });
    expect(await call(app, 'POST', '/v1/chat/world/messages', { playerId: '1', text: 'x' })).toMatchObject({
      status: 403,
    });
    expect(await call(app, 'DELETE', '/v1/chat/world/mutes/1')).toMatchObject({ status: 204 });
    expect(await call(app, 'POST', '/v1/chat/world/messages', { playerId: '1', text: 'x' })).toMatchObject({
      status: 201,
    });
    expect(await call(app, 'PUT', '/v1/chat/world/mutes/1', { seconds: 0 })).toMatchObject({ status: 400 });
  });
});
