import { eventually, seededRng } from '@hanok/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  announceService,
  type Announcement,
  type AnnounceOptions,
} from '../../src/client/announce-service.ts';
import { FakeCoordinator } from './fake-coordinator.ts';

vi.setConfig({ testTimeout: 30_000 });

let coordinators: FakeCoordinator[] = [];
const announcements: Announcement[] = [];

beforeEach(async () => {
  coordinators = await Promise.all([1, 2, 3].map(() => new FakeCoordinator().listen()));
});

afterEach(async () => {
  await Promise.all(announcements.splice(0).map((announcement) => announcement.stop()));
  await Promise.all(coordinators.map((coordinator) => coordinator.close()));
});

function announce(more: Partial<AnnounceOptions> = {}): Announcement {
  const announcement = announceService({
    coordinatorUrls: coordinators.map(({ url }) => url),
    id: 'player-service-1',
    service: 'player-service',
    host: '127.0.0.1',
    port: 8001,
    ttlMs: 1_500,
    rng: seededRng(7),
    ...more,
  });
  announcements.push(announcement);
  return announcement;
}

const requests = (method: string) =>
  coordinators.flatMap((coordinator) => coordinator.requests.filter((r) => r.method === method));
const holder = (id = 'player-service-1') => coordinators.find((coordinator) => coordinator.nodes.has(id));

describe('announceService', () => {
  it('registers at once with everything the registry is to know, and the credential', async () => {
    const announcement = announce({ token: 'secret', metadata: { zone: 'a' }, state: 'ready' });
    const [first] = await eventually(() => (requests('PUT').length > 0 ? requests('PUT') : null));
    expect(first).toEqual({
      method: 'PUT',
      path: '/v1/nodes/player-service-1',
      authorization: 'Bearer secret',
      body: {
        service: 'player-service',
        host: '127.0.0.1',
        port: 8001,
        state: 'ready',
        ttlMs: 1_500,
        metadata: { zone: 'a' },
      },
    });
    await eventually(() => announcement.registered);
  });

  it('renews again and again, at the coordinator that answers', async () => {
    announce();
    await eventually(() => requests('PUT').length >= 4);
    expect(coordinators.filter((coordinator) => coordinator.requests.length > 0)).toHaveLength(1);
  });

  it('sends a new state at once', async () => {
    const announcement = announce({ ttlMs: 60_000 });
    await eventually(() => announcement.registered);
    announcement.setState('ready');
    await eventually(() => holder()?.nodes.get('player-service-1')?.state === 'ready');
    announcement.setState('ready');
    announcement.setState('draining');
    await eventually(() => holder()?.nodes.get('player-service-1')?.state === 'draining');
    expect(requests('PUT').map((request) => request.body?.['state'])).toEqual([
      'starting',
      'ready',
      'draining',
    ]);
  });

  it('goes to another coordinator when one is gone, and when one is stalled', async () => {
    const announcement = announce();
    const first = await eventually(() => holder() ?? null);
    await first.close();
    const second = await eventually(() => coordinators.find((c) => c !== first && c.nodes.size > 0) ?? null);
    second.behaviour = 'stalled';
    const third = coordinators.find((c) => c !== first && c !== second);
    await eventually(() => expect([...(third?.nodes.keys() ?? [])]).toEqual(['player-service-1']));
    await eventually(() => announcement.registered);
    await first.listen();
  });

  it('registers again when its entry has expired meanwhile', async () => {
    announce();
    const coordinator = await eventually(() => holder() ?? null);
    coordinator.remove('player-service-1', 'expired');
    await eventually(() => expect([...coordinator.nodes.keys()]).toEqual(['player-service-1']));
  });

  it('goes on trying while every coordinator is away, and never throws', async () => {
    await Promise.all(coordinators.map((coordinator) => coordinator.close()));
    const warnings: unknown[] = [];
    const announcement = announce({
      logger: { info: () => undefined, warn: (fields) => warnings.push(fields) },
    });
    await eventually(() => warnings.length >= 3);
    expect(announcement.registered).toBe(false);
    await Promise.all(coordinators.map((coordinator) => coordinator.listen()));
    await eventually(() => announcement.registered);
  });

  it('deregisters when it stops, and sends nothing afterwards', async () => {
    const announcement = announce();
    const coordinator = await eventually(() => holder() ?? null);
    await announcement.stop();
    await announcement.stop();
    announcement.setState('ready');
    expect(coordinator.nodes.size).toBe(0);
    expect(requests('DELETE')).toHaveLength(1);
  });

  it('stops within its bound although no coordinator answers', async () => {
    const announcement = announce({ stopTimeoutMs: 300 });
    await eventually(() => announcement.registered);
    for (const coordinator of coordinators) coordinator.behaviour = 'stalled';
    const startedAt = performance.now();
    await announcement.stop();
    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('leaves an entry alone that belongs to somebody else', async () => {
    for (const coordinator of coordinators) coordinator.behaviour = { writeStatus: 409 };
    const announcement = announce();
    await eventually(() => requests('PUT').length >= 2);
    expect(announcement.registered).toBe(false);
    await announcement.stop();
    expect(requests('DELETE')).toEqual([]);
  });

  it.each([[[]], [['ftp://here']], [['not a url']]])('refuses %j as coordinators', (coordinatorUrls) => {
    expect(() => announce({ coordinatorUrls })).toThrow(/coordinatorUrls/);
  });
});
