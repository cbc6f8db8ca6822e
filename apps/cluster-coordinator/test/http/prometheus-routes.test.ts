import { expect, test } from 'vitest';
import { CoordinatorGroup } from '../support/coordinators.ts';

test('Prometheus is told of every registered service, and of the coordinator it asks', async () => {
  await using group = await CoordinatorGroup.start(1);
  const [coordinator] = group.all;
  await coordinator?.register('player-service-1', { port: 8001 });
  await coordinator?.register('cache-service-1', {
    service: 'cache-service',
    host: '::1',
    port: 8020,
    metadata: { scheme: 'https' },
  });
  const { host } = new URL(coordinator?.url ?? '');
  const targets = await coordinator?.get<unknown[]>('/v1/prometheus-targets');
  expect(targets).toHaveLength(3);
  expect(targets).toEqual(
    expect.arrayContaining([
      {
        targets: [host],
        labels: {
          __scheme__: 'http',
          __meta_hanok_service: 'cluster-coordinator',
          __meta_hanok_id: 'coordinator-1',
        },
      },
      {
        targets: ['127.0.0.1:8001'],
        labels: {
          __scheme__: 'http',
          __meta_hanok_service: 'player-service',
          __meta_hanok_id: 'player-service-1',
        },
      },
      {
        targets: ['[::1]:8020'],
        labels: {
          __scheme__: 'https',
          __meta_hanok_service: 'cache-service',
          __meta_hanok_id: 'cache-service-1',
        },
      },
    ]),
  );

  const metrics = await (await fetch(`${coordinator?.url}/metrics`)).text();
  expect(metrics).toContain('hanok_coordinator_voter_connected{voter="coordinator-1"} 1');
  expect(metrics).toContain('hanok_coordinator_voter_lag_entries{voter="coordinator-1"} 0');
  expect(metrics).toMatch(/^hanok_coordinator_disk_write_seconds_count [1-9]/mu);
});
