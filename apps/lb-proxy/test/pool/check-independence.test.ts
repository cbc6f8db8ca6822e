import { silentLogger } from '@hanok/service-kit';
import { seededRng, SimulatedClock } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { SharedState } from '../../src/data-plane/shared-state.ts';
import { BackendPool } from '../../src/pool/backend-pool.ts';
import { HealthChecker } from '../../src/pool/health-checker.ts';
import type { ProbeResult } from '../../src/pool/tcp-check.ts';

it('a check that hangs holds up no other, and each pool is checked in its own way and time', async () => {
  const clock = new SimulatedClock();
  const probed = new Map<number, number>();
  const pool = new BackendPool({
    state: new SharedState({ capacity: 4, workers: 1 }),
    settingsOf: () => ({
      health: { rise: 1, fall: 1, ejectMs: 1_000 },
      panicPercent: 0,
      maxEjectedPercent: 50,
      slowStartMs: 0,
      maxConnectionsPerBackend: 0,
    }),
    clock,
    logger: silentLogger,
    dataPlane: {
      setEndpoint: () => undefined,
      tableChanged: () => undefined,
      closeConnections: () => undefined,
    },
  });
  const count = (port: number): void => void probed.set(port, (probed.get(port) ?? 0) + 1);
  const good = (host: string): Promise<ProbeResult> =>
    Promise.resolve({ address: host, check: { ok: true, tookMs: 1 } });
  pool.start(
    new HealthChecker({
      routineOf: ({ spec }) => ({
        intervalMs: spec.pool === 'quick' ? 1_000 : 10_000,
        fastIntervalMs: 1_000,
        timeoutMs: 2_000,
        probe: (host, port) => {
          count(port);
          return port === 1 ? new Promise(() => undefined) : good(host);
        },
      }),
      clock,
      rng: seededRng(1),
      onResult: (backend, result) => pool.checked(backend, result),
    }),
  );
  const spec = { host: '10.0.0.1', weight: 1, maxConnections: 0, state: 'enabled', source: 'api' } as const;
  pool.add({ ...spec, id: 'hangs', port: 1 });
  pool.add({ ...spec, id: 'slow', port: 2 });
  pool.add({ ...spec, id: 'quick', port: 3, pool: 'quick' });
  await clock.advance(100_000);
  expect(probed.get(1)).toBe(1);
  expect(probed.get(2)).toBeGreaterThanOrEqual(9);
  expect(probed.get(2)).toBeLessThanOrEqual(13);
  expect(probed.get(3)).toBeGreaterThanOrEqual(90);
});
