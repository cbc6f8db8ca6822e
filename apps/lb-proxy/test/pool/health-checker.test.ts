import { describe, expect, it } from 'vitest';
import { PoolBench, refusedCheck } from './fixtures.ts';

describe('HealthChecker', () => {
  it('checks at once, then every 10 s give or take a tenth', async () => {
    const bench = new PoolBench();
    bench.add('a', 1);
    bench.start();
    await bench.clock.advance(0);
    expect(bench.probed).toHaveLength(1);
    await bench.clock.advance(8_900);
    expect(bench.probed).toHaveLength(1);
    await bench.clock.advance(2_200);
    expect(bench.probed).toHaveLength(2);
    await bench.clock.advance(1_000_000);
    expect(bench.probed.length).toBeGreaterThan(90);
    expect(bench.probed.length).toBeLessThan(115);
  });

  it('checks faster while a backend is down', async () => {
    const bench = new PoolBench();
    bench.add('a', 1);
    bench.results.set(1, refusedCheck);
    bench.start();
    await bench.clock.advance(10_000);
    expect(bench.probed.length).toBeGreaterThanOrEqual(9);
  });

  it('never checks one backend twice at once, also when asked to check now', async () => {
    const bench = new PoolBench();
    bench.add('a', 1);
    bench.start(500);
    for (let turn = 0; turn < 20; turn += 1) {
      bench.pool.connectsFailed(0, 'ECONNREFUSED');
      await bench.clock.advance(100);
    }
    expect(bench.mostRunning).toBe(1);
    expect(bench.probed.length).toBeGreaterThanOrEqual(4);
  });

  it('forgets a removed backend, also in the middle of a check', async () => {
    const bench = new PoolBench();
    bench.add('a', 1);
    bench.start(500);
    await bench.clock.advance(100);
    bench.pool.remove('a');
    await bench.clock.advance(60_000);
    expect(bench.probed).toHaveLength(1);
    expect(bench.endpoints).toEqual([]);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it('stops', async () => {
    const bench = new PoolBench();
    bench.add('a', 1);
    bench.start();
    await bench.clock.advance(0);
    bench.pool.stop();
    await bench.clock.advance(60_000);
    expect(bench.probed).toHaveLength(1);
  });
});
