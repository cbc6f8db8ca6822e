import { eventually } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { registration, SingleCoordinator } from '../support/single-coordinator.ts';

let coordinator: SingleCoordinator;
beforeAll(async () => {
  coordinator = await SingleCoordinator.start();
});
afterAll(() => coordinator[Symbol.asyncDispose]());

describe('/v1/nodes', () => {
  test('registers, renews without a change, updates, and removes', async () => {
    const first = await coordinator.register('life');
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ id: 'life', ...registration, role: 'worker', alive: true });
    expect(first.body['registeredAt']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);

    const { revision } = coordinator.coordination.registry;
    const renewed = await coordinator.register('life');
    expect([renewed.status, renewed.body]).toEqual([200, first.body]);
    expect(coordinator.coordination.registry.revision).toBe(revision);

    const drained = await coordinator.register('life', { state: 'draining' });
    expect([drained.status, drained.body['state']]).toEqual([200, 'draining']);
    expect(drained.body['revision']).toBe(revision + 1);
    expect(drained.body['registeredAt']).toBe(first.body['registeredAt']);

    expect((await coordinator.call('GET', '/v1/nodes/life')).body).toEqual(drained.body);
    expect((await coordinator.call('DELETE', '/v1/nodes/life')).status).toBe(204);
    expect((await coordinator.call('GET', '/v1/nodes/life')).status).toBe(404);
    expect((await coordinator.call('DELETE', '/v1/nodes/life')).body['code']).toBe('not_found');
  });

  test('renewals that change nothing do not reach the log', async () => {
    await coordinator.register('quiet');
    const before = coordinator.coordination.node.status().lastIndex;
    await Promise.all(Array.from({ length: 50 }, () => coordinator.register('quiet')));
    expect(coordinator.coordination.node.status().lastIndex).toBe(before);
  });

  test('lists by service and state, with a revision to watch from', async () => {
    await coordinator.register('list-a', { service: 'list' });
    await coordinator.register('list-b', { service: 'list', state: 'starting' });
    const { body } = await coordinator.call('GET', '/v1/nodes?service=list');
    expect((body['items'] as { id: string }[]).map(({ id }) => id)).toEqual(['list-a', 'list-b']);
    expect(body).toMatchObject({ nextCursor: null, stale: false });
    expect(body['revision']).toBe(coordinator.coordination.registry.revision);
    const starting = await coordinator.call('GET', '/v1/nodes?service=list&state=starting');
    expect((starting.body['items'] as { id: string }[]).map(({ id }) => id)).toEqual(['list-b']);
  });

  test.each([{ port: 8002 }, { host: '127.0.0.2' }, { service: 'cache-service' }])(
    'an id that is alive is not given to %o',
    async (other) => {
      await coordinator.register('taken');
      const refused = await coordinator.register('taken', other);
      expect([refused.status, refused.body['code']]).toEqual([409, 'conflict']);
      expect(refused.body['errors']).toMatchObject([{ field: 'params.id', rule: 'unique' }]);
      expect((await coordinator.call('GET', '/v1/nodes/taken')).body['port']).toBe(8001);
    },
  );

  test('a lease that is not renewed runs out, and the status tells that the node is dead', async () => {
    await coordinator.register('short', { ttlMs: 1_000, service: 'short' });
    await eventually(async () => {
      expect((await coordinator.call('GET', '/v1/nodes/short')).status).toBe(404);
    });
    const { nodes } = (await coordinator.call('GET', '/v1/status')).body as { nodes: { id: string }[] };
    expect(nodes.find(({ id }) => id === 'short')).toMatchObject({
      alive: false,
      state: 'dead',
      role: 'worker',
    });
    expect((await coordinator.register('short', { service: 'other', port: 9 })).status).toBe(201);
  });

  const long = 'x'.repeat(5_000);
  test.each([
    ['no body', undefined, 'body'],
    ['an unknown field', { ...registration, extra: 1 }, 'body.extra'],
    ['a missing field', { ...registration, port: undefined }, 'body.port'],
    ['a port of the wrong type', { ...registration, port: '8001' }, 'body.port'],
    ['a port out of bounds', { ...registration, port: 65_536 }, 'body.port'],
    ['a state that does not exist', { ...registration, state: 'gone' }, 'body.state'],
    ['a TTL too short', { ...registration, ttlMs: 999 }, 'body.ttlMs'],
    ['a TTL too long', { ...registration, ttlMs: 300_001 }, 'body.ttlMs'],
    ['a TTL that is not whole', { ...registration, ttlMs: 1_500.5 }, 'body.ttlMs'],
    ['a host with spaces', { ...registration, host: "x' OR 1=1" }, 'body.host'],
    ['a service name with a line break', { ...registration, service: 'a\r\nb' }, 'body.service'],
    [
      'metadata of 4 KB and more',
      { ...registration, metadata: { a: 'y'.repeat(4_090), b: 'z' } },
      'body.metadata',
    ],
    ['one very long metadata value', { ...registration, metadata: { a: long } }, 'body.metadata.a'],
    ['metadata that is not text', { ...registration, metadata: { a: 1 } }, 'body.metadata.a'],
  ])('%s is refused, naming the field', async (_case, body, field) => {
    const { revision } = coordinator.coordination.registry;
    const refused = await coordinator.call('PUT', '/v1/nodes/bad', body);
    expect([refused.status, refused.headers['content-type']]).toEqual([400, 'application/problem+json']);
    expect(refused.body['errors']).toMatchObject([{ field }]);
    expect(coordinator.coordination.registry.revision).toBe(revision);
  });

  test.each([
    ['PUT', '/v1/nodes/-bad', 'params.id'],
    ['PUT', `/v1/nodes/${'x'.repeat(65)}`, 'params.id'],
    ['GET', '/v1/nodes/%2e%2e%2fetc', 'params.id'],
    ['GET', '/v1/nodes?state=gone', 'query.state'],
    ['GET', '/v1/nodes?unknown=1', 'query.unknown'],
  ] as const)('%s %s is refused, naming %s', async (method, url, field) => {
    const refused = await coordinator.call(method, url, method === 'PUT' ? registration : undefined);
    expect(refused.status).toBe(400);
    expect(refused.body['errors']).toMatchObject([{ field }]);
  });

  test('a path that is no text, an unknown route and an unknown method', async () => {
    expect((await coordinator.call('GET', '/v1/nodes/%ff')).status).toBe(400);
    expect((await coordinator.call('GET', '/v1/nothing')).status).toBe(404);
    expect((await coordinator.call('POST', '/v1/nodes/x', {})).status).toBe(405);
  });

  test('the registry holds 10,000 nodes and no more', async () => {
    const { registry } = coordinator.coordination;
    const node = { ...registration, state: 'ready', metadata: {} } as const;
    const missing = 10_000 - registry.list().length;
    for (let begin = 0; begin < missing; begin += 500) {
      const ids = Array.from(
        { length: Math.min(500, missing - begin) },
        (_, index) => `mass-${begin + index}`,
      );
      await Promise.all(ids.map((id) => registry.register({ ...node, id })));
    }
    const refused = await coordinator.register('one-too-many');
    expect([refused.status, refused.body['code'], refused.body['retryable']]).toEqual([
      507,
      'insufficient_storage',
      false,
    ]);
    expect((await coordinator.register('mass-1', { metadata: {} })).status).toBe(200);
  });
});
