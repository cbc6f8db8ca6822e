import { eventually } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { startEcho, startServer, TestClient } from '../fixtures/tcp.ts';
import { startTestProxy, type Answer, type TestProxy } from '../fixtures/test-proxy.ts';

interface Item {
  readonly id: string;
  readonly backend: string | null;
  readonly state: string;
  readonly source: string;
  readonly openedAt: string;
  readonly bytesToBackend: number;
  readonly bytesToClient: number;
}

async function list(proxy: TestProxy, query = ''): Promise<Item[]> {
  return (await proxy.call('GET', `/v1/connections${query}`)).body['items'] as Item[];
}

/** Clients that have had their first answer. */
async function connectMany(proxy: TestProxy, count: number): Promise<TestClient[]> {
  const clients = Array.from({ length: count }, () => new TestClient(proxy.port).write('12345'));
  await eventually(() => clients.every(({ text }) => text !== ''));
  return clients;
}

describe('/v1/connections', () => {
  it('lists who is connected to what, page by page over all workers, and filters', async () => {
    await using a = await startEcho();
    await using b = await startEcho();
    await using proxy = await startTestProxy({ config: { workers: 2, idleTimeoutMs: 60_000 } });
    expect(await list(proxy)).toEqual([]);
    await proxy.addBackend('a', a.port);
    await proxy.addBackend('b', b.port);
    const clients = await connectMany(proxy, 10);
    const all = await list(proxy);
    expect(all).toHaveLength(10);
    for (const item of all) expect(item).toMatchObject({ source: '127.0.0.1', state: 'relaying' });
    expect(all.filter(({ backend }) => backend === 'a')).toHaveLength(5);
    await eventually(async () => {
      for (const item of await list(proxy)) {
        expect(item).toMatchObject({ bytesToBackend: 5, bytesToClient: 5 });
      }
    });
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = cursor === '' ? '?limit=3' : `?limit=3&cursor=${cursor}`;
      const { body }: Answer = await proxy.call('GET', `/v1/connections${query}`);
      paged.push(...(body['items'] as Item[]).map(({ id }) => id));
      expect((body['items'] as Item[]).length).toBeLessThanOrEqual(3);
      cursor = body['nextCursor'] as string | null;
    }
    expect(paged).toEqual(all.map(({ id }) => id));
    expect((await list(proxy, '?backend=b')).every(({ backend }) => backend === 'b')).toBe(true);
    expect(await list(proxy, '?backend=b')).toHaveLength(5);
    expect(await list(proxy, '?source=127.0.0.1&limit=500')).toHaveLength(10);
    expect(await list(proxy, '?source=10.0.0.1')).toEqual([]);
    expect(await list(proxy, '?listener=main')).toHaveLength(10);
    await proxy.call('DELETE', '/v1/backends/a');
    expect((await list(proxy)).filter(({ backend }) => backend === '(removed)')).toHaveLength(5);
    await Promise.all(clients.map((client) => client.close()));
    await proxy.idle();
    expect(await list(proxy)).toEqual([]);
  });

  it('closes one connection and no other', async () => {
    await using echo = await startEcho();
    await using proxy = await startTestProxy();
    await proxy.addBackend('a', echo.port);
    const [first] = await connectMany(proxy, 1);
    const [item] = await list(proxy);
    const [second] = await connectMany(proxy, 1);
    const url = `/v1/connections/${item?.id}`;
    expect((await proxy.call('DELETE', url)).status).toBe(204);
    expect((await first?.over())?.how).toBe('ECONNRESET');
    await eventually(async () => expect((await proxy.call('DELETE', url)).status).toBe(404));
    second?.write('6');
    await eventually(() => second?.text === '123456');
    const { body } = await proxy.call('GET', '/v1/stats');
    expect(body).toMatchObject({ ended: { 'closed-by-admin': 1 } });
    await second?.close();
    await proxy.idle();
  });

  it('shows and closes a client that still waits for a backend', async () => {
    await using proxy = await startTestProxy({ config: { queueTimeoutMs: 60_000 } });
    const client = new TestClient(proxy.port).write('x');
    const item = await eventually(async () => {
      const [only] = await list(proxy);
      expect(only).toMatchObject({ state: 'waiting', backend: null });
      return only;
    });
    expect((await proxy.call('DELETE', `/v1/connections/${item?.id}`)).status).toBe(204);
    expect((await client.over()).how).toBe('ECONNRESET');
    expect((await proxy.call('GET', '/v1/stats')).body).toMatchObject({ refused: { 'closed-by-admin': 1 } });
    await proxy.idle();
  });

  it('refuses bad requests', async () => {
    await using proxy = await startTestProxy({ config: { workers: 1 } });
    for (const query of ['limit=0', 'limit=501', 'cursor=1', 'source=pc', 'backend=..', 'colour=red']) {
      expect((await proxy.call('GET', `/v1/connections?${query}`)).status, query).toBe(400);
    }
    for (const query of ['backend=nobody', 'listener=nobody']) {
      expect((await proxy.call('GET', `/v1/connections?${query}`)).status, query).toBe(404);
    }
    expect((await proxy.call('DELETE', '/v1/connections/x')).status).toBe(400);
    expect((await proxy.call('DELETE', '/v1/connections/99999-1')).status).toBe(404);
  });
});

describe('a drain deadline', () => {
  it('closes what is left of a draining backend, and no earlier', async () => {
    await using a = await startServer((socket) => socket.pipe(socket));
    await using proxy = await startTestProxy();
    await proxy.addBackend('a', a.port);
    const [client] = await connectMany(proxy, 1);
    const patch = (body: object) => proxy.call('PATCH', '/v1/backends/a', body);
    const draining = await patch({ state: 'draining', drainDeadlineMs: 60_000 });
    expect(Date.parse(String(draining.body['drainDeadlineAt']))).toBeGreaterThan(Date.now() + 30_000);
    expect((await patch({ weight: 2 })).body['drainDeadlineAt']).toBe(draining.body['drainDeadlineAt']);
    expect((await patch({ state: 'enabled' })).body['drainDeadlineAt']).toBeNull();
    client?.write('6');
    await eventually(() => client?.text === '123456');
    await patch({ state: 'draining', drainDeadlineMs: 20 });
    expect((await client?.over())?.how).toBe('ECONNRESET');
    await proxy.idle();
    for (const body of [{ drainDeadlineMs: 5 }, { state: 'enabled', drainDeadlineMs: 5 }]) {
      const { status, body: problem } = await patch(body);
      expect(status).toBe(400);
      expect(problem).toMatchObject({ errors: [{ field: 'body.drainDeadlineMs' }] });
    }
  });
});
