import { connect } from 'node:net';
import { eventually } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventReader } from '../support/event-reader.ts';
import { SingleCoordinator } from '../support/single-coordinator.ts';

let coordinator: SingleCoordinator;
let url: string;
beforeAll(async () => {
  coordinator = await SingleCoordinator.start({ keepAliveMs: 50, maxWaitingBytes: 1_048_576 });
  url = `${await coordinator.listen()}/v1/events`;
});
afterAll(() => coordinator[Symbol.asyncDispose]());

const isNode = (id: string) => (event: { event: string; data: Record<string, unknown> }) =>
  event.event === 'node' && (event.data['node'] as { id: string }).id === id;

describe('GET /v1/events', () => {
  test('begins with the leader and a snapshot, then tells every change with its revision', async () => {
    await coordinator.register('old');
    await using reader = await EventReader.open(url);
    const snapshot = await reader.next(({ event }) => event === 'snapshot');
    expect(reader.events[0]).toMatchObject({
      event: 'leader',
      id: null,
      data: { leaderId: 'coordinator-1', term: coordinator.term },
    });
    expect(snapshot.id).toBe(String(snapshot.data['revision']));
    expect((snapshot.data['nodes'] as { id: string }[]).map(({ id }) => id)).toContain('old');

    await coordinator.register('new');
    const registered = await reader.next(isNode('new'));
    expect(registered.data).toMatchObject({
      type: 'registered',
      node: { id: 'new', alive: true, role: 'worker' },
    });
    expect(registered.id).toBe(String(registered.data['revision']));

    await coordinator.register('new', { state: 'draining' });
    await coordinator.call('DELETE', '/v1/nodes/new');
    await reader.next(({ data }) => data['type'] === 'removed');
    expect(reader.events.filter(isNode('new')).map(({ data }) => data['type'])).toEqual([
      'registered',
      'updated',
      'removed',
    ]);
    await eventually(() => reader.comments > 0);
  });

  test.each(['the parameter since', 'the header Last-Event-ID'])('%s resumes without a gap', async (how) => {
    const { revision } = coordinator.coordination.registry;
    await coordinator.register('missed-1', { state: 'starting' });
    await coordinator.register('missed-1', { state: 'ready' });
    const header = how.includes('header');
    await using reader = header
      ? await EventReader.open(`${url}?since=0`, { 'last-event-id': String(revision) })
      : await EventReader.open(`${url}?since=${revision}`);
    await eventually(() => reader.of('node').length === 2);
    expect(reader.of('node').map(({ id }) => id)).toEqual([String(revision + 1), String(revision + 2)]);
    expect(reader.of('snapshot')).toEqual([]);
    await coordinator.call('DELETE', '/v1/nodes/missed-1');
  });

  test.each([
    ['?since=999999999', {}],
    ['', { 'last-event-id': '999999999' }],
  ])('%s %o: 410 for a revision that is not known', async (query, headers) => {
    const response = await fetch(url + query, { headers: headers as Record<string, string> });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      410,
      expect.stringMatching(/^application\/problem\+json/),
    ]);
    expect(await response.json()).toMatchObject({
      code: 'gone',
      detail: expect.stringMatching(/without since/),
    });
  });

  test('410 after a compaction; without a revision it goes on from a snapshot', async () => {
    const { registry } = coordinator.coordination;
    const { revision } = registry;
    const crowd = Array.from({ length: 256 }, (_, index) => index);
    for (let round = 0; registry.changesSince(revision) !== null; round += 1) {
      await Promise.all(
        crowd.map((index) => registry.broadcast({ id: `c-${round}-${index}`, from: 'test', message: 1 })),
      );
    }
    const old = await fetch(url, { headers: { 'last-event-id': String(revision) } });
    expect(old.status).toBe(410);
    await using reader = await EventReader.open(url);
    const snapshot = await reader.next(({ event }) => event === 'snapshot');
    expect(snapshot.id).toBe(String(registry.revision));
    await using resumed = await EventReader.open(url, { 'last-event-id': String(snapshot.id) });
    await coordinator.register('after-compaction');
    for (const each of [reader, resumed]) await each.next(isNode('after-compaction'));
    await coordinator.call('DELETE', '/v1/nodes/after-compaction');
  });

  test('is narrowed to a service', async () => {
    await using reader = await EventReader.open(`${url}?service=wanted`);
    const snapshot = await reader.next(({ event }) => event === 'snapshot');
    expect(snapshot.data['nodes']).toEqual([]);
    await coordinator.register('unwanted-1', { service: 'unwanted' });
    await coordinator.register('wanted-1', { service: 'wanted' });
    await reader.next(isNode('wanted-1'));
    expect(reader.of('node')).toHaveLength(1);
  });

  test('tells of members', async () => {
    await using reader = await EventReader.open(url);
    await reader.next(({ event }) => event === 'snapshot');
    const member = { id: 'coordinator-2', host: '127.0.0.1', port: 7102, state: 'suspect' } as const;
    coordinator.members.change('suspected', member);
    expect((await reader.next(({ event }) => event === 'member')).data).toEqual({
      type: 'suspected',
      member,
    });
  });

  test('a reader that never reads is cut off, and holds up nobody', async () => {
    const { hostname, port } = new URL(url);
    const lazy = connect({ host: hostname, port: Number(port) });
    lazy.write(`GET /v1/events?node=lazy HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
    lazy.pause();
    await using reader = await EventReader.open(url);
    await reader.next(({ event }) => event === 'snapshot');
    const streams = coordinator.streams;
    const big = 'x'.repeat(3_000);
    let round = 0;
    await eventually(
      async () => {
        // The kernel's buffers take some of it first.
        await Promise.all(
          Array.from({ length: 200 }, (_, index) =>
            coordinator.register(`flood-${index}`, { metadata: { big, round: String((round += 1)) } }),
          ),
        );
        expect(coordinator.streams).toBe(streams - 1);
      },
      { timeoutMs: 120_000 },
    );
    expect(coordinator.streams).toBe(streams - 1);
    await coordinator.register('after-flood');
    await reader.next(isNode('after-flood'));
    lazy.destroy();
  }, 180_000);

  test.each([
    ['?since=-1', {}, 'query.since'],
    ['?since=abc', {}, 'query.since'],
    ['?node=', {}, 'query.node'],
    ['?other=1', {}, 'query.other'],
    ['', { 'last-event-id': 'abc' }, 'headers.last-event-id'],
  ])('%s %o is refused, naming %s', async (query, headers, field) => {
    const response = await fetch(url + query, { headers: headers as Record<string, string> });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ field }] });
  });

  test('readers are sent elsewhere when this coordinator is out of touch with a leader', async () => {
    await using own = await SingleCoordinator.start({ staleAfterMs: 100 });
    await using reader = await EventReader.open(`${await own.listen()}/v1/events`);
    await reader.next(({ event }) => event === 'snapshot');
    expect(reader.of('cutoff')).toEqual([]);
    await own.coordination.node.stop();
    expect((await reader.next(({ event }) => event === 'cutoff')).data).toEqual({ reason: 'stale' });
    await eventually(() => reader.ended);
  });

  test('HEAD is not a way to hold a stream open', async () => {
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(405);
  });

  test('a stop ends the streams with a reason', async () => {
    await using own = await SingleCoordinator.start();
    await using reader = await EventReader.open(`${await own.listen()}/v1/events`);
    await reader.next(({ event }) => event === 'snapshot');
    own.end();
    expect((await reader.next(({ event }) => event === 'cutoff')).data).toEqual({ reason: 'shutdown' });
    await eventually(() => reader.ended);
  });
});
