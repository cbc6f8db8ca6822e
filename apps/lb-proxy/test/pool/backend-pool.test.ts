import { describe, expect, it } from 'vitest';
import { BackendError } from '../../src/pool/backend.ts';
import { PoolBench, refusedCheck, silentCheck } from './fixtures.ts';

const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'nothing thrown';
  } catch (error) {
    return error instanceof BackendError ? error.code : String(error);
  }
};

describe('BackendPool', () => {
  it('uses a backend from its first good check on', async () => {
    const bench = new PoolBench();
    bench.add('a', 1);
    expect(bench.eligible()).toEqual([]);
    bench.start();
    await bench.clock.advance(0);
    expect(bench.eligible()).toEqual(['a']);
    expect(bench.endpoints).toEqual([{ slot: 0, version: 1, host: '10.0.0.1', port: 1, pool: '' }]);
  });

  it('refuses a taken id, a taken address, and more backends than it holds', () => {
    const bench = new PoolBench({}, 2);
    bench.add('a', 1);
    expect(codeOf(() => bench.add('a', 2))).toBe('backend_exists');
    expect(codeOf(() => bench.add('b', 1))).toBe('backend_address_taken');
    bench.add('b', 2);
    expect(codeOf(() => bench.add('c', 3))).toBe('backend_pool_full');
    expect(codeOf(() => bench.pool.get('zzz'))).toBe('backend_not_found');
  });

  it('never gives a slot to another backend while a connection is open on it', () => {
    const bench = new PoolBench({}, 2);
    bench.add('a', 1);
    bench.state.acquire(0, 0, 0);
    bench.pool.remove('a');
    bench.add('b', 2);
    expect(bench.pool.get('b').slot).toBe(1);
    expect(codeOf(() => bench.add('c', 3))).toBe('backend_pool_full');
    bench.state.release(0, 0);
    bench.add('c', 3);
    expect(bench.pool.get('c')).toMatchObject({ slot: 0, version: 2 });
  });

  it('takes a killed backend out at once when connects and one check fail', async () => {
    const bench = new PoolBench();
    bench.add('a', 1);
    bench.add('b', 2);
    bench.add('c', 3);
    bench.start();
    await bench.clock.advance(0);
    bench.results.set(1, refusedCheck);
    bench.pool.connectsFailed(0, 'ECONNREFUSED');
    expect(bench.eligible()).toEqual(['b', 'c']);
    await bench.clock.advance(0);
    expect(bench.pool.get('a').health.status(bench.clock.monotonicMs())).toBe('down');
  });

  it('lets an ejected backend return by time alone when its checks are good', async () => {
    const bench = new PoolBench();
    bench.add('a', 1);
    bench.add('b', 2);
    bench.start();
    await bench.clock.advance(0);
    bench.pool.connectsFailed(0, 'ETIMEDOUT');
    await bench.clock.advance(900);
    expect(bench.eligible()).toEqual(['b']);
    await bench.clock.advance(200);
    expect(bench.eligible()).toEqual(['a', 'b']);
  });

  it('ejects no more than the allowed share', async () => {
    const bench = new PoolBench();
    for (const port of [1, 2, 3]) bench.add(`b${port}`, port);
    bench.start();
    await bench.clock.advance(0);
    bench.pool.connectsFailed(0, 'ETIMEDOUT');
    bench.pool.connectsFailed(1, 'ETIMEDOUT');
    expect(bench.eligible()).toEqual(['b2', 'b3']);
  });

  it('uses silent backends when too few are left, but never those that refuse', async () => {
    const bench = new PoolBench();
    for (const port of [1, 2, 3, 4]) bench.add(`b${port}`, port);
    bench.results.set(1, silentCheck).set(2, silentCheck).set(3, refusedCheck);
    bench.start();
    await bench.clock.advance(0);
    expect(bench.eligible()).toEqual(['b1', 'b2', 'b4']);
    expect(bench.pool.panic).toBe(true);
    bench.results.clear();
    await bench.clock.advance(3_000);
    expect(bench.eligible()).toEqual(['b1', 'b2', 'b3', 'b4']);
    expect(bench.pool.panic).toBe(false);
  });

  it('has nobody when all refuse', async () => {
    const bench = new PoolBench();
    bench.add('a', 1);
    bench.results.set(1, refusedCheck);
    bench.start();
    await bench.clock.advance(0);
    expect(bench.eligible()).toEqual([]);
    expect(bench.pool.panic).toBe(false);
  });

  it('drains and disables', async () => {
    const bench = new PoolBench();
    bench.add('a', 1);
    bench.add('b', 2);
    bench.start();
    await bench.clock.advance(0);
    bench.pool.change('a', { state: 'draining' });
    expect(bench.eligible()).toEqual(['b']);
    expect(bench.closedSlots).toEqual([]);
    bench.pool.change('a', { state: 'disabled' });
    expect(bench.closedSlots).toEqual([0]);
    bench.pool.change('a', { state: 'enabled', maxConnections: 7 });
    expect(bench.eligible()).toEqual(['a', 'b']);
    expect(bench.state.table.maxActive[0]).toBe(7);
  });

  it('raises the weight of a backend that came up step by step', async () => {
    const bench = new PoolBench({ slowStartMs: 10_000 });
    bench.add('a', 1, { weight: 2 });
    bench.start();
    await bench.clock.advance(0);
    const weights: number[] = [];
    for (let step = 0; step < 6; step += 1) {
      weights.push(bench.weightOf('a'));
      await bench.clock.advance(2_000);
    }
    expect(weights).toEqual([4, 8, 16, 24, 32, 40]);
    expect(bench.state.table.fullWeight[0]).toBe(40);
  });
});
