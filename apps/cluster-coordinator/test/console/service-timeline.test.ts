import type { RegistryChange, RegistryNode, RegistryWatcher, ServiceRegistry } from '@hanok/cluster';
import { SimulatedClock } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { ServiceTimeline } from '../../src/console/service-timeline.ts';

type ChangeType = (RegistryChange & { kind: 'node' })['type'];

const running: RegistryNode = {
  id: 'player-1',
  service: 'player-service',
  host: '127.0.0.1',
  port: 8_001,
  state: 'ready',
  ttlMs: 15_000,
  metadata: { version: '1.4.1' },
  revision: 1,
  registeredAt: '2026-01-01T00:00:00.000Z',
};

/** A timeline of a registry that a test plays. */
function begin(nodes: readonly RegistryNode[]) {
  let watcher: RegistryWatcher | undefined;
  const registry: Pick<ServiceRegistry, 'list' | 'watch'> = {
    list: () => [...nodes],
    watch(given) {
      watcher = given;
      return () => undefined;
    },
  };
  let told = 0;
  const timeline = new ServiceTimeline(registry, new SimulatedClock(), () => (told += 1));
  let revision = 1;
  const happen = (type: ChangeType, change: Partial<RegistryNode> = {}): void => {
    revision += 1;
    watcher?.onChange({ kind: 'node', type, node: { ...running, ...change, revision }, revision });
  };
  return { timeline, happen, told: () => told };
}

describe('the timeline of services', () => {
  it('tells of a deployment: the same service, another release', () => {
    const { timeline, happen, told } = begin([running]);
    happen('removed');
    happen('registered', { metadata: { version: '1.4.2' } });
    expect(timeline.events).toMatchObject([
      { kind: 'left', subject: 'player-1', scope: 'player-service' },
      { kind: 'deployed', subject: 'player-1', detail: '1.4.1 → 1.4.2' },
    ]);
    expect(told()).toBe(2);
  });

  it('tells who joined, drained, died and returned, and nothing of a renewal', () => {
    const { timeline, happen } = begin([]);
    happen('registered');
    happen('updated');
    happen('updated', { state: 'draining' });
    happen('expired', { state: 'draining' });
    happen('registered');
    expect(timeline.events.map(({ kind }) => kind)).toEqual(['joined', 'drained', 'dead', 'returned']);
  });
});
