import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SingleCoordinator } from '../support/single-coordinator.ts';

let coordinator: SingleCoordinator;
beforeAll(async () => {
  coordinator = await SingleCoordinator.start();
});
afterAll(() => coordinator[Symbol.asyncDispose]());

describe('leadership and status', () => {
  test('/v1/leader tells the leader and its fencing token', async () => {
    const { status, body } = await coordinator.call('GET', '/v1/leader');
    expect(status).toBe(200);
    const { term } = coordinator;
    expect(body).toEqual({ leaderId: 'coordinator-1', term, fencingToken: term, isSelf: true, stale: false });
  });

  test('a coordinator that is alone stays leader when asked to step down', async () => {
    const { status, body } = await coordinator.call('POST', '/v1/leader/step-down');
    expect([status, body['leaderId'], body['isSelf']]).toEqual([200, 'coordinator-1', true]);
  });

  test("/v1/status is the chapter's: the local node, the leader, totals, and every node with its role", async () => {
    await coordinator.register('worker-1');
    coordinator.members.change('dead', { id: 'coordinator-2', host: '127.0.0.1', port: 7102, state: 'dead' });
    const { body } = await coordinator.call('GET', '/v1/status');
    expect(body).toMatchObject({
      nodeId: 'coordinator-1',
      leaderId: 'coordinator-1',
      term: coordinator.term,
      stale: false,
      totals: { coordinators: 2, coordinatorsAlive: 1, services: 1, servicesReady: 1, servicesLost: 0 },
      nodes: [
        { id: 'coordinator-1', role: 'leader', alive: true },
        { id: 'coordinator-2', role: 'follower', alive: false, state: 'dead' },
        { id: 'worker-1', role: 'worker', alive: true, state: 'ready' },
      ],
      raft: { role: 'leader', voters: [{ id: 'coordinator-1', trusted: true }] },
    });
  });

  test('with an admin token, nothing of it is told without', async () => {
    await using guarded = await SingleCoordinator.start({ adminToken: 'a-good-token' });
    for (const url of ['/v1/leader', '/v1/status', '/v1/nodes', '/v1/events']) {
      expect((await guarded.call('GET', url)).status).toBe(401);
    }
    expect((await guarded.call('POST', '/v1/leader/step-down')).status).toBe(401);
    const headers = { authorization: 'Bearer a-good-token' };
    expect((await guarded.server.inject({ url: '/v1/leader', headers })).statusCode).toBe(200);
  });

  test('/metrics tells who leads and what is registered', async () => {
    await coordinator.register('measured');
    const { body } = await coordinator.server.inject('/metrics');
    expect(body).toContain('hanok_coordinator_is_leader 1');
    expect(body).toContain(`hanok_coordinator_term ${coordinator.term}`);
    expect(body).toMatch(/hanok_coordinator_nodes\{state="ready"\} [1-9]/);
    expect(body).toMatch(/hanok_coordinator_commit_index [1-9]/);
  });

  test('the API document has every route', async () => {
    const { body } = await coordinator.call('GET', '/docs/json');
    expect(Object.keys(body['paths'] as object).filter((path) => path.startsWith('/v1/'))).toEqual([
      '/v1/status',
      '/v1/nodes',
      '/v1/nodes/{id}',
      '/v1/prometheus-targets',
      '/v1/leader',
      '/v1/leader/step-down',
      '/v1/broadcasts',
      '/v1/voters',
      '/v1/voters/{id}',
      '/v1/history',
      '/v1/events',
    ]);
  });
});
