import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BackendTable } from '../src/index.ts';
import { poolOf } from './fixtures/pool.ts';

describe('BackendTable', () => {
  it('refuses a buffer that is too small', () => {
    expect(() => new BackendTable(new ArrayBuffer(16), 4)).toThrow(/needs \d+ bytes/);
  });

  it('keeps the columns apart', () => {
    const { table } = poolOf([3, 5]);
    table.observe(1, 20);
    table.acquire(0, 1);
    expect([...table.weight]).toEqual([3, 5]);
    expect([...table.active]).toEqual([1, 0]);
    expect([...table.latencyUs]).toEqual([0, 20_000]);
    expect([...table.key]).not.toContain(0);
  });

  it('never lets more in than the limit, and counts back to zero', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.boolean(), { maxLength: 60 }),
        (limit, steps) => {
          const { table } = poolOf([1], 1, limit);
          let open = 0;
          for (const enter of steps) {
            const entered = enter && table.acquire(0, 0);
            expect(entered).toBe(enter && open < limit);
            if (entered) open += 1;
            else if (!enter && open > 0) {
              table.release(0);
              open -= 1;
            }
            expect(table.active[0]).toBe(open);
            expect(table.hasRoom(0)).toBe(open < limit);
          }
        },
      ),
    );
  });

  it('averages with alpha 0.1 from the first sample on', () => {
    const { table } = poolOf([1]);
    table.observe(0, 100);
    expect(table.latencyMs(0)).toBe(100);
    table.observe(0, 200);
    expect(table.latencyMs(0)).toBe(110);
    table.observe(0, 10);
    expect(table.latencyMs(0)).toBe(100);
  });

  it('lets the peak jump up at once and fall slowly', () => {
    const { table } = poolOf([1]);
    for (const sampleMs of [10, 500, 10]) table.observe(0, sampleMs);
    expect(table.peakMs(0)).toBe(451);
    expect(table.latencyMs(0)).toBeLessThan(60);
  });

  it('clamps absurd samples instead of wrapping', () => {
    const { table } = poolOf([1]);
    table.observe(0, 1e12);
    expect(table.latencyMs(0)).toBeGreaterThan(2_000_000);
    table.observe(0, -5, 1);
    expect(table.latencyMs(0)).toBeGreaterThan(0);
  });

  it('starts a reused slot without the measurements of the one before', () => {
    const { table } = poolOf([1]);
    table.observe(0, 900);
    table.evict(0);
    table.admit(0, { key: 1, weight: 1, maxActive: 0 });
    expect(table.latencyMs(0)).toBe(0);
    expect(table.peakMs(0)).toBe(0);
  });

  it('is exact when several threads count at once', async () => {
    const capacity = 3;
    const rounds = 20_000;
    const limit = 30_000;
    const buffer = new SharedArrayBuffer(BackendTable.bytesFor(capacity));
    const table = new BackendTable(buffer, capacity);
    table.admit(0, { key: 1, weight: 1, maxActive: limit });
    table.admit(1, { key: 2, weight: 1, maxActive: 0 });
    table.admit(2, { key: 3, weight: 1, maxActive: 0 });
    const acquired = await Promise.all(
      [1, 2, 3].map(async () => {
        const worker = new Worker(new URL('./fixtures/acquirer.ts', import.meta.url), {
          workerData: { buffer, capacity, rounds },
        });
        const [count] = (await once(worker, 'message')) as [number];
        await worker.terminate();
        return count;
      }),
    );
    expect(acquired.reduce((sum, count) => sum + count, 0)).toBe(limit);
    expect([...table.active]).toEqual([limit, 0, 0]);
    expect(table.latencyMs(1)).toBe(5);
  });
});
