import { registryLimits } from '@hanok/cluster';
import { eventually } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SingleCoordinator } from '../support/single-coordinator.ts';

let coordinator: SingleCoordinator;
beforeAll(async () => {
  coordinator = await SingleCoordinator.start();
});
afterAll(() => coordinator[Symbol.asyncDispose]());

const revision = () => coordinator.coordination.registry.revision;
const ids = (body: Record<string, unknown>) => (body['items'] as { id: string }[]).map(({ id }) => id);

describe('GET /v1/nodes?since=', () => {
  test('answers at once when something has changed since', async () => {
    const before = revision();
    await coordinator.register('at-once', { service: 'at-once' });
    const { status, body } = await coordinator.call('GET', `/v1/nodes?service=at-once&since=${before}`);
    expect([status, ids(body), body['revision']]).toEqual([200, ['at-once'], revision()]);
  });

  test('answers with the next change of the service, not with one of another', async () => {
    let isAnswered = false;
    const poll = coordinator.call('GET', `/v1/nodes?service=awaited&since=${revision()}&waitMs=60000`);
    void poll.finally(() => (isAnswered = true));
    await coordinator.register('other', { service: 'other' });
    await coordinator.call('GET', '/v1/nodes');
    expect(isAnswered).toBe(false);
    await coordinator.register('awaited', { service: 'awaited' });
    expect(ids((await poll).body)).toEqual(['awaited']);
  });

  test('tells of a node that has gone', async () => {
    await coordinator.register('going', { service: 'going' });
    const poll = coordinator.call('GET', `/v1/nodes?service=going&since=${revision()}&waitMs=60000`);
    await coordinator.call('DELETE', '/v1/nodes/going');
    expect(ids((await poll).body)).toEqual([]);
  });

  test('answers without a change when the time is over', async () => {
    const { status, body } = await coordinator.call('GET', `/v1/nodes?since=${revision()}&waitMs=20`);
    expect([status, body['revision']]).toEqual([200, revision()]);
  });

  test('is 410 for a revision that is not known, and after a compaction; a snapshot then goes on', async () => {
    const future = await coordinator.call('GET', `/v1/nodes?since=${revision() + 1_000_000}`);
    expect([future.status, future.body['code']]).toEqual([410, 'gone']);
    const old = revision();
    for (let change = 0; change < registryLimits.historyLength * 2; change += 256) {
      await Promise.all(
        Array.from({ length: 256 }, (_, index) =>
          coordinator.coordination.registry.broadcast({
            id: `b-${change + index}`,
            from: 'test',
            message: 1,
          }),
        ),
      );
    }
    expect((await coordinator.call('GET', `/v1/nodes?since=${old}&waitMs=0`)).status).toBe(410);
    const snapshot = await coordinator.call('GET', '/v1/nodes');
    const next = await coordinator.call(
      'GET',
      `/v1/nodes?since=${String(snapshot.body['revision'])}&waitMs=0`,
    );
    expect(next.status).toBe(200);
  });

  test.each([
    ['since=-1', 'query.since'],
    ['since=x', 'query.since'],
    ['since=0&waitMs=60001', 'query.waitMs'],
    ['since=0&waitMs=1.5', 'query.waitMs'],
  ])('refuses %s', async (query, field) => {
    const { status, body } = await coordinator.call('GET', `/v1/nodes?${query}`);
    expect([status, (body['errors'] as { field: string }[])[0]?.field]).toEqual([400, field]);
  });

  test('stops waiting when the reader goes, and when the service ends', async () => {
    const url = await coordinator.listen();
    const gone = new AbortController();
    const left = fetch(`${url}/v1/nodes?since=${revision()}&waitMs=60000`, { signal: gone.signal });
    await eventually(() => coordinator.waiting === 1);
    gone.abort();
    await expect(left).rejects.toThrow(/abort/i);
    await eventually(() => coordinator.waiting === 0);
    const stays = fetch(`${url}/v1/nodes?since=${revision()}&waitMs=60000`);
    await eventually(() => coordinator.waiting === 1);
    coordinator.end();
    expect((await stays).status).toBe(200);
  });
});
