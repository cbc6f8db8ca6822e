import { announceService, watchServices } from '@hanok/cluster';
import type { Announcement, ServiceNode, ServiceWatch } from '@hanok/cluster';
import { eventually } from '@hanok/testkit';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CoordinatorGroup } from './support/coordinators.ts';

vi.setConfig({ testTimeout: 120_000 });

const patiently = { timeoutMs: 30_000 };
const running: (Announcement | ServiceWatch)[] = [];
let group: CoordinatorGroup | undefined;

afterEach(async () => {
  for (const each of running.splice(0)) {
    if ('stop' in each) await each.stop();
    else each.close();
  }
  await group?.[Symbol.asyncDispose]();
  group = undefined;
});

/** Coordinators, a service that announces itself to them, and a watcher of it. */
async function startAll() {
  group = await CoordinatorGroup.start(3);
  const coordinatorUrls = group.all.map(({ url }) => url);
  const seen: ServiceNode[][] = [];
  const service = 'player-service';
  running.push(
    watchServices({ coordinatorUrls, service, onChange: (nodes) => seen.push(nodes), silenceMs: 15_000 }),
  );
  const announcement = announceService({
    coordinatorUrls,
    id: 'player-1',
    service,
    host: '127.0.0.1',
    port: 8_001,
    metadata: { zone: 'a' },
    ttlMs: 3_000,
  });
  running.push(announcement);
  const states = () => seen.at(-1)?.map(({ id, state }) => `${id} ${state}`);
  await eventually(() => expect(states()).toEqual(['player-1 starting']), patiently);
  return { group, announcement, seen, states };
}

describe('the discovery client and real coordinators', () => {
  test('a service is seen in each of its states, and gone when it stops', async () => {
    const { announcement, seen, states } = await startAll();
    announcement.setState('ready');
    await eventually(() => expect(states()).toEqual(['player-1 ready']), patiently);
    expect(seen.at(-1)?.[0]).toMatchObject({
      service: 'player-service',
      port: 8_001,
      metadata: { zone: 'a' },
      alive: true,
    });
    announcement.setState('draining');
    await eventually(() => expect(states()).toEqual(['player-1 draining']), patiently);
    await announcement.stop();
    await eventually(() => expect(states()).toEqual([]), patiently);
  });

  test('a service stays registered, and its changes are told, while coordinators are killed and stopped', async () => {
    const { group: coordinators, announcement, seen, states } = await startAll();
    const leader = await coordinators.leader();
    await leader.kill();
    announcement.setState('ready');
    await eventually(() => expect(states()).toEqual(['player-1 ready']), patiently);
    await leader.start();
    const [stopped] = coordinators.without(leader);
    stopped?.child.kill('SIGSTOP');
    announcement.setState('draining');
    await eventually(() => expect(states()).toEqual(['player-1 draining']), patiently);
    stopped?.child.kill('SIGCONT');
    // Renewed for longer than its lease: nobody was told that it had gone.
    const until = performance.now() + 4_500;
    await eventually(() => performance.now() > until, patiently);
    expect(seen.slice(1).every((nodes) => nodes.length === 1)).toBe(true);
    expect(announcement.registered).toBe(true);
  });
});
