import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONNECTION_COST_MS, createStrategy } from '../src/index.ts';
import { poolOf, tally } from './fixtures/pool.ts';

const load = fc.record({
  active: fc.nat({ max: 20 }),
  weight: fc.integer({ min: 1, max: 9 }),
  latencyMs: fc.integer({ min: 1, max: 300 }),
});
const loads = fc.array(load, { minLength: 1, maxLength: 12 });

describe('least-connections', () => {
  it('picks a backend no other beats by connections for its weight', () => {
    fc.assert(
      fc.property(loads, (backends) => {
        const pool = poolOf(backends.map((backend) => backend.weight));
        backends.forEach((backend, slot) => {
          pool.table.active[slot] = backend.active;
        });
        const picked = backends[createStrategy('least-connections', pool.candidates).pick(pool.context)];
        const share = (backend = picked) => ((backend?.active ?? 0) + 1) / (backend?.weight ?? 1);
        expect(share()).toBe(Math.min(...backends.map((backend) => share(backend))));
      }),
    );
  });

  it('lets equals take turns', () => {
    const pool = poolOf([1, 1, 1, 1]);
    const strategy = createStrategy('least-connections', pool.candidates);
    const picks = Array.from({ length: 400 }, () => strategy.pick(pool.context));
    expect(tally(picks, 4)).toEqual([100, 100, 100, 100]);
  });

  it('fills a pool in proportion to the weights', () => {
    const pool = poolOf([1, 2, 5]);
    const strategy = createStrategy('least-connections', pool.candidates);
    for (let placed = 0; placed < 80; placed += 1) pool.table.acquire(strategy.pick(pool.context), 0);
    expect([...pool.table.active]).toEqual([10, 20, 50]);
  });
});

describe('weighted-response-time', () => {
  it("picks by the chapter's score while the figures are fresh", () => {
    fc.assert(
      fc.property(loads, (backends) => {
        const pool = poolOf(backends.map(() => 1));
        backends.forEach((backend, slot) => {
          pool.table.observe(slot, backend.latencyMs);
          pool.table.active[slot] = backend.active;
        });
        const picked = backends[createStrategy('weighted-response-time', pool.candidates).pick(pool.context)];
        const score = (backend = picked) =>
          (backend?.latencyMs ?? 0) + (backend?.active ?? 0) * CONNECTION_COST_MS;
        expect(score()).toBe(Math.min(...backends.map((backend) => score(backend))));
      }),
    );
  });

  it('tries a backend with a bad start again, and believes it after one good answer', () => {
    const pool = poolOf([1, 1, 1]);
    const strategy = createStrategy('weighted-response-time', pool.candidates);
    pool.table.observe(0, 5_000);
    pool.table.observe(1, 5);
    pool.table.observe(2, 5);
    let turns = 0;
    for (let slot = -1; slot !== 0; turns += 1) {
      slot = strategy.pick(pool.context);
      pool.table.acquire(slot, 0);
      pool.table.release(slot);
      expect(turns).toBeLessThan(60);
    }
    expect(turns).toBeGreaterThan(10);
  });

  it('tries it again after idle time alone', () => {
    const pool = poolOf([1, 1]);
    const strategy = createStrategy('weighted-response-time', pool.candidates);
    pool.table.observe(0, 5_000);
    pool.table.observe(1, 5);
    expect(strategy.pick(pool.context)).toBe(1);
    pool.table.acquire(1, 400_000);
    pool.table.release(1);
    pool.context.nowMs = 400_000;
    expect(strategy.pick(pool.context)).toBe(0);
  });
});
