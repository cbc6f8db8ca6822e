import { describe, expect, it } from 'vitest';
import { PoolBench } from './fixtures.ts';

describe('the drain deadline of a backend', () => {
  it('closes its connections when it has come', async () => {
    const bench = new PoolBench();
    bench.add('a', 1);
    bench.pool.change('a', { state: 'draining' }, 5_000);
    expect(bench.pool.drainDeadline(bench.pool.get('a'))?.getTime()).toBe(bench.clock.now() + 5_000);
    await bench.clock.advance(4_999);
    expect(bench.closedSlots).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.closedSlots).toEqual([0]);
    expect(bench.pool.drainDeadline(bench.pool.get('a'))).toBeUndefined();
  });

  it('is replaced by a later one, and called off when the backend is used again, removed or forgotten', async () => {
    const bench = new PoolBench();
    for (const [port, id] of ['a', 'b', 'c', 'd'].entries()) {
      bench.add(id, port + 1);
      bench.pool.change(id, { state: 'draining' }, 1_000);
    }
    bench.pool.change('a', { state: 'draining' }, 9_000);
    bench.pool.change('b', { state: 'enabled' });
    bench.pool.remove('c');
    await bench.clock.advance(1_000);
    expect(bench.closedSlots).toEqual([3]);
    bench.pool.stop();
    await bench.clock.advance(60_000);
    expect(bench.closedSlots).toEqual([3]);
    expect(bench.clock.pendingTimers).toBe(0);
  });
});
