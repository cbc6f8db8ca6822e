import { eventually, seededRng } from '@hanok/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchServices, type ServiceWatch, type WatchOptions } from '../../src/client/watch-services.ts';
import { FakeCoordinator } from './fake-coordinator.ts';

vi.setConfig({ testTimeout: 30_000 });

let coordinators: FakeCoordinator[] = [];
const watches: ServiceWatch[] = [];

beforeEach(async () => {
  coordinators = await Promise.all([1, 2].map(() => new FakeCoordinator().listen()));
});
afterEach(async () => {
  for (const open of watches.splice(0)) open.close();
  await Promise.all(coordinators.map((coordinator) => coordinator.close()));
});

function watch(more: Partial<WatchOptions> = {}) {
  const told: string[][] = [];
  const links: boolean[] = [];
  const handle = watchServices({
    coordinatorUrls: coordinators.map(({ url }) => url),
    service: 'player-service',
    mode: 'poll',
    onChange: (nodes) => told.push(nodes.map(({ id, state }) => `${id} ${state}`)),
    onLink: (connected) => links.push(connected),
    rng: seededRng(3),
    ...more,
  });
  watches.push(handle);
  return { handle, told, links };
}

const everywhere = (change: (coordinator: FakeCoordinator) => void) =>
  coordinators.forEach((coordinator) => change(coordinator));
const asked = () => coordinators.flatMap((c) => c.requests.map(({ path }) => path));
const everything = '/v1/nodes?service=player-service';

describe('watchServices by long polls', () => {
  it('tells what is there, then every change, of its service only', async () => {
    everywhere((c) => c.put({ id: 'player-1' }));
    const { told, links } = watch({ token: 'secret' });
    await eventually(() => expect(told).toEqual([['player-1 ready']]));
    await eventually(() => expect(asked()).toEqual([everything, `${everything}&since=1&waitMs=22000`]));
    everywhere((c) => c.put({ id: 'cache-1', service: 'cache-service' }));
    await eventually(() => asked().length === 3);
    everywhere((c) => c.put({ id: 'player-1', state: 'draining' }));
    await eventually(() => expect(told.at(-1)).toEqual(['player-1 draining']));
    everywhere((c) => c.remove('player-1', 'expired'));
    await eventually(() => expect(told.at(-1)).toEqual([]));
    expect(told).toHaveLength(3);
    expect(links).toEqual([true]);
    expect(coordinators.flatMap((c) => c.requests)[0]?.authorization).toBe('Bearer secret');
  });

  it('tells of an empty registry, too, and goes on asking when nothing changes', async () => {
    const { told, links } = watch({ silenceMs: 300, connectTimeoutMs: 250 });
    await eventually(() => asked().length > 3);
    expect(told).toEqual([[]]);
    expect(links).toEqual([true]);
  });

  it('goes on at another coordinator from the last revision seen', async () => {
    everywhere((c) => c.put({ id: 'player-1' }));
    const { told, links } = watch();
    await eventually(() => asked().length === 2);
    await coordinators.find((c) => c.requests.length > 0)?.close();
    await eventually(() => expect(links).toEqual([true, false]));
    await eventually(() => expect(asked()).toHaveLength(3));
    expect(asked().filter((path) => path === everything)).toHaveLength(1);
    everywhere((c) => c.put({ id: 'player-2' }));
    await eventually(() => expect(told).toEqual([['player-1 ready'], ['player-1 ready', 'player-2 ready']]));
    expect(links).toEqual([true, false, true]);
  });

  it('reads everything anew, at once, when its revision is too old', async () => {
    everywhere((c) => c.put({ id: 'player-1' }));
    const { told, links } = watch({ silenceMs: 300, connectTimeoutMs: 250 });
    await eventually(() => expect(told).toHaveLength(1));
    everywhere((c) => (c.compactedBefore = 10));
    await eventually(() => expect(asked().filter((path) => path === everything)).toHaveLength(2));
    expect(links).toEqual([true]);
  });

  it('leaves a coordinator that is out of touch with a leader, and keeps what it has told', async () => {
    everywhere((c) => c.put({ id: 'player-1' }));
    everywhere((c) => (c.stale = true));
    const { told, links } = watch();
    await eventually(() => expect(coordinators.every((c) => c.requests.length > 0)).toBe(true));
    expect(links.slice(0, 2)).toEqual([true, false]);
    expect(told[0]).toEqual(['player-1 ready']);
    everywhere((c) => (c.stale = false));
    everywhere((c) => c.put({ id: 'player-2' }));
    await eventually(() => expect(told.at(-1)).toEqual(['player-1 ready', 'player-2 ready']));
  });

  it('leaves a coordinator that never answers', async () => {
    everywhere((c) => (c.behaviour = 'stalled'));
    const { links } = watch({ connectTimeoutMs: 200 });
    await eventually(() => expect(coordinators.every((c) => c.requests.length > 0)).toBe(true));
    expect(links).toEqual([false]);
  });

  it('tells nothing after it was closed, and asks no more', async () => {
    const { handle, told } = watch();
    await eventually(() => asked().length === 2);
    handle.close();
    everywhere((c) => c.put({ id: 'player-1' }));
    const coordinator = coordinators[0];
    await fetch(`${coordinator?.url}/v1/nodes?service=player-service`);
    expect(told).toEqual([[]]);
  });
});
