import { describe, expect, it } from 'vitest';
import { createStrategy, sampleShare, STRATEGY_NAMES, type StrategyName } from '../src/index.ts';
import { poolOf, seededFractions, tally, type Pool } from './fixtures/pool.ts';

const BACKENDS = 5;
const CONNECTIONS = 1_500;
const HALF_FAIR_SHARE = CONNECTIONS / BACKENDS / 2;

interface Load {
  /** Connections a second, at random times. */
  readonly ratePerSecond: number;
  /** Mean answer time of every backend; single answers vary from a fifth to nearly double. */
  readonly answerMs: number;
}

/** Simulates 1,500 connections, each open until its answer came, and says who got how many. */
function simulate(name: StrategyName, { ratePerSecond, answerMs }: Load, seed: number, pool: Pool): number[] {
  const { table, context } = pool;
  const chance = seededFractions(seed);
  const strategy = createStrategy(name, pool.candidates);
  const open: { endsMs: number; slot: number; tookMs: number }[] = [];
  const picks: number[] = [];
  let nowMs = 0;
  for (let index = 0; index < CONNECTIONS; index += 1) {
    nowMs += (-Math.log(1 - chance.next()) * 1_000) / ratePerSecond;
    open.sort((a, b) => a.endsMs - b.endsMs);
    for (let first = open[0]; first !== undefined && first.endsMs <= nowMs; first = open[0]) {
      table.observe(first.slot, first.tookMs, sampleShare(table, first.slot));
      table.release(first.slot);
      open.shift();
    }
    context.nowMs = nowMs;
    context.sourceHash = Math.trunc(chance.next() * 2 ** 32);
    const slot = strategy.pick(context);
    table.acquire(slot, nowMs);
    const tookMs = answerMs * (0.2 + 1.6 * chance.next());
    open.push({ endsMs: nowMs + tookMs, slot, tookMs });
    picks.push(slot);
  }
  return tally(picks, BACKENDS);
}

const loads: [string, Load][] = [
  ['one at a time', { ratePerSecond: 10, answerMs: 5 }],
  ['some at once', { ratePerSecond: 500, answerMs: 20 }],
  ['many at once', { ratePerSecond: 2_000, answerMs: 50 }],
  ['a flood of quick ones', { ratePerSecond: 5_000, answerMs: 1 }],
];

describe.each(STRATEGY_NAMES)('five identical backends, 1,500 connections: %s', (name) => {
  it.each(loads)('gives every one at least half its fair share: %s', (_, load) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const counts = simulate(name, load, seed, poolOf([1, 1, 1, 1, 1], seed));
      expect(Math.min(...counts), counts.join(' ')).toBeGreaterThanOrEqual(HALF_FAIR_SHARE);
    }
  });

  it.each(loads)('also right after one of them was slow: %s', (_, load) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const pool = poolOf([1, 1, 1, 1, 1], seed);
      for (let slot = 0; slot < BACKENDS; slot += 1) {
        for (let sample = 0; sample < 20; sample += 1) {
          pool.table.observe(slot, slot === 2 ? load.answerMs * 200 : load.answerMs);
        }
      }
      const counts = simulate(name, load, seed, pool);
      expect(Math.min(...counts), counts.join(' ')).toBeGreaterThanOrEqual(HALF_FAIR_SHARE);
    }
  });
});

describe.each(['weighted-response-time', 'peak-ewma'] as const)('%s', (name) => {
  it('sends a backend that stays slow far less than its share', () => {
    const pool = poolOf([1, 1, 1, 1, 1]);
    const strategy = createStrategy(name, pool.candidates);
    const picks = Array.from({ length: CONNECTIONS }, (_, turn) => {
      pool.context.nowMs = turn * 10;
      const slot = strategy.pick(pool.context);
      pool.table.acquire(slot, pool.context.nowMs);
      pool.table.observe(slot, slot === 2 ? 400 : 2, sampleShare(pool.table, slot));
      pool.table.release(slot);
      return slot;
    });
    const slow = tally(picks, BACKENDS)[2];
    expect(slow).toBeGreaterThan(0);
    expect(slow).toBeLessThan(HALF_FAIR_SHARE);
  });
});
