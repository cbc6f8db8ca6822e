import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONNECTION_COST_MS, createStrategy, explain } from '../src/index.ts';
import { poolOf, setEligible, tally } from './fixtures/pool.ts';

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

describe.each(['least-connections', 'weighted-response-time'] as const)('%s', (name) => {
  it('picks the lowest score it explains, whatever is full, failed, stale or gone', () => {
    const backend = fc.record({
      weight: fc.integer({ min: 1, max: 9 }),
      active: fc.nat({ max: 4 }),
      latencyMs: fc.nat({ max: 3_000 }),
      pickedTurn: fc.integer(),
      pickedAtMs: fc.integer({ min: 0, max: 90_000 }),
      eligible: fc.boolean(),
      excluded: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(backend, { minLength: 1, maxLength: 12 }),
        fc.nat({ max: 4 }),
        (backends, limit) => {
          const pool = poolOf(
            backends.map(({ weight }) => weight),
            1,
            limit,
          );
          const { table, context } = pool;
          context.nowMs = 90_000;
          backends.forEach((each, slot) => {
            if (each.latencyMs > 0) table.observe(slot, each.latencyMs);
            table.active[slot] = each.active;
            table.pickedTurn[slot] = each.pickedTurn;
            table.pickedAtMs[slot] = each.pickedAtMs;
            context.excluded[slot] = each.excluded ? 1 : 0;
            setEligible(pool, slot, each.eligible);
          });
          const strategy = createStrategy(name, pool.candidates);
          for (let turn = 0; turn < 6; turn += 1) {
            const [wanted] = explain(strategy, pool.candidates, context).backends;
            const picked = strategy.pick(context);
            expect(picked === -1 ? null : strategy.score(context, picked)).toBe(wanted?.score ?? null);
            if (picked !== -1) table.acquire(picked, context.nowMs);
          }
        },
      ),
    );
  });
});
