import { connect } from 'node:net';
import { eventually } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CoordinatorGroup } from './support/coordinators.ts';
import type { CoordinatorProcess } from './support/coordinators.ts';

let group: CoordinatorGroup;
let coordinator: CoordinatorProcess;
beforeAll(async () => {
  group = await CoordinatorGroup.start(1);
  coordinator = await group.leader();
});
afterAll(() => group[Symbol.asyncDispose]());

async function idsOf(service: string): Promise<string[]> {
  const { items } = await coordinator.get<{ items: { id: string }[] }>(`/v1/nodes?service=${service}`);
  return items.map(({ id }) => id);
}

describe('a real coordinator, asked for what it must not do', () => {
  test.each([
    ['a TTL too short', { ttlMs: 999 }, 'body.ttlMs'],
    ['a TTL too long', { ttlMs: 300_001 }, 'body.ttlMs'],
    ['metadata above 4 KB', { metadata: { a: 'x'.repeat(4_090) } }, 'body.metadata'],
    ['a port that is none', { port: 0 }, 'body.port'],
    ['a state it does not know', { state: 'gone' }, 'body.state'],
    ['a field it does not know', { weight: 1 }, 'body.weight'],
  ])('%s: 400 that names the field, and nothing is registered', async (_case, change, field) => {
    const { status, headers, body } = await coordinator.register('bad', { service: 'bad', ...change });
    expect([status, headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    expect(body).toMatchObject({ errors: [{ field }] });
    expect(await idsOf('bad')).toEqual([]);
  });

  test.each([
    ['text that is no JSON', '{"service":', 400],
    ['a list', '[]', 400],
    ['a body of 2 MB', JSON.stringify({ service: 'x'.repeat(2_000_000) }), 413],
  ])('%s: refused, and nothing is registered', async (_case, body, status) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(`${coordinator.url}/v1/nodes/bad`, { method: 'PUT', headers, body });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json',
    ]);
    expect(await idsOf('bad')).toEqual([]);
  });

  test('a taken id at another address: 409 that says where it is, and the first one stays', async () => {
    expect((await coordinator.register('taken', { service: 'taken' })).status).toBe(201);
    const { status, body } = await coordinator.register('taken', { service: 'taken', port: 9_999 });
    expect(status).toBe(409);
    expect(body).toMatchObject({ code: 'conflict', errors: [{ field: 'params.id', rule: 'unique' }] });
    expect(await coordinator.get('/v1/nodes/taken')).toMatchObject({ port: 8_001 });
    expect((await coordinator.send('DELETE', '/v1/nodes/taken')).status).toBe(204);
  });
});

describe('10,000 registrations', () => {
  test('are all taken and told; one more is refused with the bound; and a full registry is kept', async () => {
    const missing = 10_000 - (await coordinator.get<{ items: unknown[] }>('/v1/nodes')).items.length;
    const statuses = new Map<number, number>();
    let next = 0;
    const register = async (): Promise<void> => {
      while (next < missing) {
        const id = `mass-${next++}`;
        const { status } = await coordinator.register(id, { service: 'mass', ttlMs: 300_000 });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 64 }, register));
    expect([...statuses]).toEqual([[201, missing]]);

    const { status, body } = await coordinator.register('one-too-many');
    expect(status).toBe(507);
    expect(body).toMatchObject({ code: 'insufficient_storage', detail: expect.stringContaining('10000') });
    // Those that are there can still renew, change and go.
    expect((await coordinator.register('mass-1', { service: 'mass', ttlMs: 300_000 })).status).toBe(200);
    expect((await coordinator.send('DELETE', '/v1/nodes/mass-0')).status).toBe(204);
    expect((await coordinator.register('one-too-many')).status).toBe(201);

    await coordinator.kill();
    await coordinator.start();
    await eventually(async () => {
      expect((await coordinator.get<{ items: unknown[] }>('/v1/nodes')).items).toHaveLength(10_000);
    });
  }, 240_000);

  test('a watcher that never reads is cut off with a reason, while others hear everything', async () => {
    const { hostname, port } = new URL(coordinator.url);
    const lazy = connect({ host: hostname, port: Number(port) });
    lazy.write(`GET /v1/events HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
    lazy.pause();
    const streams = async () => {
      const text = await (await fetch(`${coordinator.url}/metrics`)).text();
      return Number(/^hanok_coordinator_event_streams (\d+)/m.exec(text)?.[1]);
    };
    await eventually(async () => expect(await streams()).toBe(1));
    const big = 'x'.repeat(3_900);
    const cutOff = new AbortController();
    const flood = async (): Promise<void> => {
      for (let round = 0; !cutOff.signal.aborted; round += 1) {
        const metadata = { big, round: String(round) };
        const change = { service: 'mass', ttlMs: 300_000, metadata };
        await Promise.all(
          Array.from({ length: 100 }, (_, index) => coordinator.register(`mass-${index + 1}`, change)),
        );
      }
    };
    const flooding = flood();
    // The kernel's buffers take some of it before the coordinator has to wait.
    await eventually(
      () => expect(coordinator.child.output()).toContain('cut off a reader of events that was too slow'),
      { timeoutMs: 60_000, intervalMs: 5 },
    );
    // Whoever reads at last, within seconds, is told why; who does not is dropped all the same.
    let tail = '';
    lazy
      .setEncoding('utf8')
      .on('data', (text: string) => (tail = (tail + text).slice(-200)))
      .resume();
    cutOff.abort();
    await eventually(() => expect(tail).toContain('event: cutoff\ndata: {"reason":"slow-reader"}'));
    await eventually(async () => expect(await streams()).toBe(0));
    lazy.destroy();
    await flooding;
  }, 120_000);
});
