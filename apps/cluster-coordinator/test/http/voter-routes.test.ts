import { eventually } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SingleCoordinator } from '../support/single-coordinator.ts';

let coordinator: SingleCoordinator;
beforeAll(async () => {
  coordinator = await SingleCoordinator.start();
  // Its disk is noted in the log first.
  await eventually(() => !coordinator.coordination.node.status().changePending);
});
afterAll(() => coordinator[Symbol.asyncDispose]());

const own = '/v1/voters/coordinator-1';

/** Status and detail of a refusal. */
async function refusal(method: 'PUT' | 'DELETE', url: string, body?: Record<string, unknown>) {
  const { status, body: problem } = await coordinator.call(method, url, body);
  return [status, problem['detail'] ?? problem['errors']];
}

describe('voters of a coordinator that is alone', () => {
  test('GET tells them with their disks and addresses', async () => {
    const { status, body } = await coordinator.call('GET', '/v1/voters');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      leaderId: 'coordinator-1',
      changePending: false,
      items: [
        { id: 'coordinator-1', host: '127.0.0.1', port: 7101, role: 'voter', connected: true, trusted: true },
      ],
      nextCursor: null,
    });
  });

  test('what is so already may be said again', async () => {
    expect((await coordinator.call('PUT', own, { host: '127.0.0.1', port: 7101 })).status).toBe(202);
  });

  test('a voter with another disk must be removed first', async () => {
    const other = { host: '127.0.0.1', port: 7101, storageId: 'other' };
    expect(await refusal('PUT', own, other)).toEqual([409, expect.stringContaining('remove it first')]);
  });

  test('neither the last voter nor a stranger can be removed', async () => {
    expect(await refusal('DELETE', own)).toEqual([409, expect.stringContaining('the last voter')]);
    expect(await refusal('DELETE', '/v1/voters/nobody')).toEqual([
      404,
      expect.stringContaining('not of the group'),
    ]);
  });

  test.each([
    [{ port: 7101 }, 'host'],
    [{ host: 'h', port: 0 }, 'port'],
    [{ host: 'h', port: 1, role: 'leader' }, 'role'],
    [{ host: 'h', port: 1, storageId: '' }, 'storageId'],
  ])('%o is refused', async (body, field) => {
    const { status, body: problem } = await coordinator.call('PUT', '/v1/voters/coordinator-9', body);
    expect(status).toBe(400);
    expect(JSON.stringify(problem['errors'])).toContain(field);
  });

  test('a newcomer that does not answer stays a learner, counts for nothing, and can be taken out again', async () => {
    const url = '/v1/voters/coordinator-2';
    const added = await coordinator.call('PUT', url, { host: '127.0.0.1', port: 7102 });
    expect(added.status).toBe(202);
    expect(added.body['items']).toMatchObject([
      { id: 'coordinator-1', role: 'voter' },
      { id: 'coordinator-2', role: 'learner', connected: false, storageId: null },
    ]);
    await coordinator.register('while-it-is-away');
    expect(await refusal('PUT', '/v1/voters/coordinator-3', { host: '127.0.0.1', port: 7103 })).toEqual([
      409,
      expect.stringContaining('still catching up'),
    ]);
    expect((await coordinator.call('DELETE', url)).status).toBe(204);
    const { body } = await coordinator.call('GET', '/v1/status');
    expect(body['raft']).toMatchObject({
      voters: [{ id: 'coordinator-1' }],
      learners: [],
      changePending: false,
    });
  });
});
