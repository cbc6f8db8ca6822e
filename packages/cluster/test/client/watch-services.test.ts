import { eventually, seededRng } from '@hanok/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ServiceNode } from '../../src/client/service-node.ts';
import { watchServices, type ServiceWatch, type WatchOptions } from '../../src/client/watch-services.ts';
import { FakeCoordinator } from './fake-coordinator.ts';

vi.setConfig({ testTimeout: 30_000 });

interface Seen {
  readonly watch: ServiceWatch;
  readonly changes: { nodes: ServiceNode[]; revision: number }[];
  readonly links: boolean[];
  ids(): string[] | undefined;
}

let coordinators: FakeCoordinator[] = [];
const watches: ServiceWatch[] = [];

beforeEach(async () => {
  coordinators = await Promise.all([1, 2].map(() => new FakeCoordinator().listen()));
});

afterEach(async () => {
  for (const open of watches.splice(0)) open.close();
  await Promise.all(coordinators.map((coordinator) => coordinator.close()));
});

function watch(more: Partial<WatchOptions> = {}): Seen {
  const changes: Seen['changes'] = [];
  const links: boolean[] = [];
  const handle = watchServices({
    coordinatorUrls: coordinators.map(({ url }) => url),
    service: 'player-service',
    onChange: (nodes, revision) => changes.push({ nodes, revision }),
    onLink: (connected) => links.push(connected),
    rng: seededRng(3),
    ...more,
  });
  watches.push(handle);
  return { watch: handle, changes, links, ids: () => changes.at(-1)?.nodes.map(({ id }) => id) };
}

const everywhere = (change: (coordinator: FakeCoordinator) => void) =>
  coordinators.forEach((coordinator) => change(coordinator));
const followed = () => eventually(() => coordinators.find((coordinator) => coordinator.streams > 0) ?? null);
const everything = '/v1/events?service=player-service';
const eventRequests = () => coordinators.flatMap((c) => c.requests.map(({ path }) => path));

describe('watchServices', () => {
  it('tells what is there, then every change, of its service only', async () => {
    everywhere((c) => c.put({ id: 'player-service-1' }));
    everywhere((c) => c.put({ id: 'cache-1', service: 'cache-service' }));
    const seen = watch({ token: 'secret' });
    await eventually(() => expect(seen.ids()).toEqual(['player-service-1']));
    everywhere((c) => c.put({ id: 'player-service-0' }));
    await eventually(() => expect(seen.ids()).toEqual(['player-service-0', 'player-service-1']));
    everywhere((c) => c.put({ id: 'cache-1', service: 'cache-service', state: 'draining' }));
    everywhere((c) => c.put({ id: 'player-service-1', state: 'draining' }));
    await eventually(() => expect(seen.changes.at(-1)?.nodes[1]?.state).toBe('draining'));
    everywhere((c) => c.remove('player-service-0'));
    everywhere((c) => c.remove('player-service-1', 'expired'));
    await eventually(() => expect(seen.ids()).toEqual([]));
    expect(seen.changes.map(({ revision }) => revision)).toEqual([2, 3, 5, 6, 7]);
    expect(seen.links).toEqual([true]);
    expect(coordinators.flatMap((c) => c.requests)[0]?.authorization).toBe('Bearer secret');
  });

  it('goes on at another coordinator from the last revision seen, and tells nothing twice', async () => {
    everywhere((c) => c.put({ id: 'player-service-1' }));
    const seen = watch();
    await eventually(() => expect(seen.ids()).toEqual(['player-service-1']));
    const first = await followed();
    await first.close();
    await eventually(() => expect(seen.links).toEqual([true, false, true]));
    expect(eventRequests().at(-1)).toBe('/v1/events?service=player-service&since=1');
    const second = await followed();
    second.send('node', { type: 'updated', node: second.nodes.get('player-service-1'), revision: 1 });
    second.put({ id: 'player-service-2' });
    await eventually(() => expect(seen.ids()).toEqual(['player-service-1', 'player-service-2']));
    expect(seen.changes).toHaveLength(2);
    await first.listen();
  });

  it('reads everything anew when its revision is too old', async () => {
    everywhere((c) => c.put({ id: 'player-service-1' }));
    const seen = watch();
    await eventually(() => expect(seen.ids()).toEqual(['player-service-1']));
    everywhere((c) => (c.compactedBefore = 10));
    const first = await followed();
    await first.close();
    const other = coordinators.find((c) => c !== first);
    other?.remove('player-service-1');
    other?.put({ id: 'player-service-9' });
    await first.listen();
    first.remove('player-service-1');
    first.put({ id: 'player-service-9' });
    await eventually(() => expect(seen.ids()).toEqual(['player-service-9']));
    // Asked again at once, at the same coordinator: that it has forgotten is no failure of the link.
    const [, again, anew] = eventRequests();
    expect([again, anew]).toEqual([`${everything}&since=1`, everything]);
    expect(seen.links).toEqual([true, false, true]);
  });

  it('keeps the last nodes while every coordinator is away', async () => {
    everywhere((c) => c.put({ id: 'player-service-1' }));
    const seen = watch();
    await eventually(() => expect(seen.ids()).toEqual(['player-service-1']));
    await Promise.all(coordinators.map((c) => c.close()));
    await eventually(() => expect(seen.links).toEqual([true, false]));
    expect(seen.ids()).toEqual(['player-service-1']);
    await Promise.all(coordinators.map((c) => c.listen()));
    await eventually(() => expect(seen.links).toEqual([true, false, true]));
  });

  it('leaves a coordinator that fell silent, but not one that sends heartbeats', async () => {
    const seen = watch({ silenceMs: 400 });
    const first = await followed();
    const beat = setInterval(() => first.sendRaw(':\n\n'), 50);
    await eventually(() => expect(seen.changes).toHaveLength(1));
    const connectedAt = performance.now();
    await eventually(() => performance.now() - connectedAt > 1_000);
    const beaten = eventRequests().length;
    clearInterval(beat);
    expect(beaten).toBe(1);
    await eventually(() => expect(eventRequests().length).toBeGreaterThan(1));
  });

  it('leaves a coordinator that takes the connection and never answers', async () => {
    everywhere((c) => (c.behaviour = 'stalled'));
    const seen = watch({ connectTimeoutMs: 200 });
    await eventually(() => expect(coordinators.every((c) => c.requests.length > 0)).toBe(true));
    expect(seen.links).toEqual([false]);
  });

  it.each([
    'event: node\ndata: {"revision":5}\n\n',
    'event: node\ndata: not json\n\n',
    'event: snapshot\ndata: {"revision":-1,"nodes":[]}\n\n',
    'event: snapshot\ndata: {"revision":3,"nodes":[{"id":"x","service":"player-service","port":0}]}\n\n',
  ])('asks for everything anew after the malformed %j', async (text) => {
    everywhere((c) => c.put({ id: 'player-service-1' }));
    const seen = watch();
    await eventually(() => expect(seen.ids()).toEqual(['player-service-1']));
    (await followed()).sendRaw(text);
    await eventually(() => expect(eventRequests()).toEqual([everything, everything]));
  });

  it('passes over events of other kinds', async () => {
    const seen = watch();
    await eventually(() => expect(seen.changes).toHaveLength(1));
    const coordinator = await followed();
    coordinator.sendRaw(
      'event: leader\ndata: {"leaderId":"coordinator-1","term":3}\n\nevent: to-come\ndata: ?\n\n',
    );
    coordinator.put({ id: 'player-service-1' });
    await eventually(() => expect(seen.ids()).toEqual(['player-service-1']));
    expect(seen.changes).toHaveLength(2);
  });

  it('tells nothing after it was closed, and lets go of the link', async () => {
    const seen = watch();
    const coordinator = await followed();
    seen.watch.close();
    await eventually(() => coordinator.streams === 0);
    coordinator.put({ id: 'player-service-1' });
    expect(seen.changes.length).toBeLessThanOrEqual(1);
    expect(seen.links).toEqual([true]);
  });
});
