import { describe, expect, it } from 'vitest';
import { ask, startEcho } from '../fixtures/tcp.ts';
import { startTestProxy } from '../fixtures/test-proxy.ts';

describe('/v1/strategy/replay', () => {
  it('tells what another strategy would have done with the last connections, and changes nothing', async () => {
    await using a = await startEcho('a:');
    await using b = await startEcho('b:');
    await using proxy = await startTestProxy({ config: { strategy: 'round-robin' } });
    const replay = async (body: object, query = '') =>
      proxy.call('POST', `/v1/strategy/replay${query}`, body);
    expect((await replay({ name: 'maglev' })).body).toMatchObject({ replayed: 0, from: null, backends: [] });
    await proxy.addBackend('a', a.port);
    await proxy.addBackend('b', b.port);
    for (let turn = 0; turn < 8; turn += 1) await ask(proxy.port, 'x');
    const { status, body } = await replay({ name: 'maglev' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ strategy: 'maglev', replayed: 8, skipped: 0, moved: 4, unplaced: 0 });
    const backends = body['backends'] as { id: string; connections: number; replayedConnections: number }[];
    expect(backends.map(({ id, connections }) => [id, connections])).toEqual([
      ['a', 4],
      ['b', 4],
    ]);
    expect(backends.map((each) => each.replayedConnections).toSorted((left, right) => left - right)).toEqual([
      0, 8,
    ]);
    expect(Date.parse(String(body['from']))).toBeLessThanOrEqual(Date.parse(String(body['to'])));
    expect((await proxy.call('GET', '/v1/strategy')).body).toMatchObject({ name: 'round-robin' });
    expect((await replay({ name: 'fastest' })).status).toBe(400);
    expect((await replay({ name: 'maglev', more: 1 })).status).toBe(400);
    expect((await replay({ name: 'maglev' }, '?listener=nobody')).status).toBe(404);
  });
});
