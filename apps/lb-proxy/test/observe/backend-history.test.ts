import { SimulatedClock } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { SharedState } from '../../src/data-plane/shared-state.ts';
import { BackendHistory, KEPT_SAMPLES, SAMPLE_INTERVAL_MS } from '../../src/observe/backend-history.ts';
import { BackendHealth } from '../../src/pool/backend-health.ts';
import type { Backend } from '../../src/pool/backend.ts';

function backend(id: string, slot: number, version = 1): Backend {
  const place = { host: '127.0.0.1', port: 9_000 + slot, weight: 1, maxConnections: 0 };
  return {
    slot,
    version,
    spec: { id, ...place, state: 'enabled', source: 'static' },
    health: new BackendHealth({ rise: 1, fall: 1, ejectMs: 1_000 }),
    address: '127.0.0.1',
    upSinceMs: 0,
    checkedAt: null,
  };
}

/** A history of the backends in the list, which a test may change. */
function begin(list: Backend[]) {
  const clock = new SimulatedClock();
  const state = new SharedState({ capacity: 4, workers: 2 });
  const history = new BackendHistory({ state, backends: { list: () => list } }, clock);
  history.start();
  return { clock, state, history, nextSample: () => clock.advance(SAMPLE_INTERVAL_MS) };
}

describe('the history of backends', () => {
  it('has the rates and response times of each interval alone', async () => {
    const { state, history, nextSample } = begin([backend('a', 0), backend('b', 1)]);
    state.adopt(0, 0);
    state.addForBackend(0, 0, 'total', 6);
    state.addForBackend(1, 0, 'total', 4);
    state.addForBackend(1, 0, 'bytesToClient', 5_000);
    state.latencies.record(0, 0, 10);
    await nextSample();
    state.addForBackend(0, 0, 'total', 5);
    await nextSample();

    const [a, b] = history.series(10);
    expect(a?.id).toBe('a');
    expect(a?.samples).toMatchObject([
      { active: 1, connectionsPerSecond: 2, bytesPerSecond: 1_000 },
      { active: 1, connectionsPerSecond: 1, bytesPerSecond: 0, p50Ms: null, p99Ms: null },
    ]);
    expect(a?.samples[0]?.p50Ms).toBeGreaterThan(8);
    expect(a?.samples[0]?.p50Ms).toBeLessThan(12);
    expect(b?.samples[0]).toMatchObject({ active: 0, connectionsPerSecond: 0, p99Ms: null });
    expect(history.total(1)).toMatchObject([{ active: 1, connectionsPerSecond: 1 }]);
    expect(history.lastSample).toBe(2);
    history.stop();
  });

  it('keeps 15 minutes', async () => {
    const { history, nextSample } = begin([backend('a', 0)]);
    for (let taken = 0; taken < KEPT_SAMPLES + 5; taken += 1) await nextSample();
    expect(history.lastSample).toBe(KEPT_SAMPLES + 5);
    expect(history.series(1_000)[0]?.samples).toHaveLength(KEPT_SAMPLES);
    history.stop();
  });

  it('begins anew for a backend that was taken out and added again', async () => {
    const list = [backend('a', 0), backend('b', 1)];
    const { history, nextSample } = begin(list);
    await nextSample();
    list.splice(0, 2, backend('a', 2, 2));
    await nextSample();
    expect(history.series(10).map(({ id, samples }) => [id, samples.length])).toEqual([['a', 1]]);
    history.stop();
  });
});
