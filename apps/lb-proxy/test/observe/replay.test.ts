import * as fc from 'fast-check';
import { hashText, SeededChance, STRATEGY_NAMES } from '@hanok/strategies';
import { describe, expect, it } from 'vitest';
import type { Decision, WeighedBackend } from '../../src/data-plane/decision-log.ts';
import { replay, type ReplayMember } from '../../src/observe/replay.ts';

const CAPACITY = 8;

const member = (slot: number, more: Partial<ReplayMember> = {}): ReplayMember => ({
  slot,
  version: 1,
  key: hashText(`backend-${slot}`),
  weight: 1,
  fullWeight: 1,
  maxActive: 0,
  ...more,
});

const weighed = (slot: number, more: Partial<WeighedBackend> = {}): WeighedBackend => ({
  slot,
  standing: 'candidate',
  score: 1,
  version: 1,
  ineligibility: 0,
  active: 0,
  latencyUs: 0,
  peakUs: 0,
  ...more,
});

const decision = (
  slot: number,
  backends: readonly WeighedBackend[],
  more: Partial<Decision> = {},
): Decision => ({
  atMs: 1_000,
  source: '10.0.0.1',
  strategy: 'round-robin',
  pool: '',
  byToken: false,
  slot,
  failedBefore: 0,
  backends,
  ...more,
});

const loadsOf = ({ loads }: ReturnType<typeof replay>) => [...loads.values()].map((load) => load.replayed);

describe('replay', () => {
  it('shows the load another strategy would have made', () => {
    const backends = [weighed(0), weighed(1)];
    const sample = Array.from({ length: 20 }, () => decision(0, backends));
    const result = replay(sample, [member(0), member(1)], 'round-robin', CAPACITY, new SeededChance(1));
    expect(result).toMatchObject({ replayed: 20, skipped: 0, moved: 10, unplaced: 0 });
    expect(result.loads.get(0)).toEqual({ actual: 20, replayed: 10 });
    expect(
      loadsOf(replay(sample, [member(0), member(1)], 'maglev', CAPACITY, new SeededChance(1))).toSorted(
        (left, right) => left - right,
      ),
    ).toEqual([0, 20]);
  });

  it('meets the pool as it was recorded: loads, response times, who was eligible', () => {
    const members = [member(0), member(1), member(2)];
    const busy = [weighed(0, { active: 9 }), weighed(1, { active: 2 }), weighed(2, { active: 5 })];
    const slow = [
      weighed(0, { latencyUs: 9_000 }),
      weighed(1, { latencyUs: 900_000 }),
      weighed(2, { latencyUs: 1 }),
    ];
    const gone = [
      weighed(0),
      weighed(1, { standing: 'not-eligible' }),
      weighed(2, { standing: 'not-eligible' }),
    ];
    const go = (backends: WeighedBackend[], name: 'least-connections' | 'weighted-response-time') =>
      loadsOf(replay([decision(0, backends)], members, name, CAPACITY, new SeededChance(1)));
    expect(go(busy, 'least-connections')).toEqual([0, 1, 0]);
    expect(go(slow, 'weighted-response-time')).toEqual([0, 0, 1]);
    expect(go(gone, 'least-connections')).toEqual([1, 0, 0]);
  });

  it('remembers what it has placed: a backend does not stay the emptiest for ever, nor goes beyond its limit', () => {
    const sample = Array.from({ length: 10 }, (_, placed) =>
      decision(0, [weighed(0, { active: 6 + placed }), weighed(1)]),
    );
    const even = replay(sample, [member(0), member(1)], 'least-connections', CAPACITY, new SeededChance(1));
    expect(loadsOf(even)).toEqual([2, 8]);
    const limited = [member(0, { maxActive: 1 }), member(1, { maxActive: 3 })];
    const full = Array.from({ length: 6 }, () => decision(1, [weighed(0, { active: 1 }), weighed(1)]));
    expect(replay(full, limited, 'random', CAPACITY, new SeededChance(1))).toMatchObject({
      replayed: 6,
      moved: 0,
    });
  });

  it('leaves out what the strategy did not decide, and backends that are gone', () => {
    const backends = [weighed(0), weighed(1)];
    const sample = [
      decision(0, backends, { failedBefore: 1 }),
      decision(0, backends, { byToken: true }),
      decision(-1, backends),
      decision(2, [...backends, weighed(2)]),
      decision(1, [weighed(0), weighed(1, { version: 7 })]),
      decision(0, backends),
    ];
    const result = replay(sample, [member(0), member(1)], 'round-robin', CAPACITY, new SeededChance(1));
    expect(result).toMatchObject({ replayed: 1, skipped: 5 });
  });

  it('stays in the pool of each client', () => {
    const [red, blue] = [[weighed(0), weighed(1)], [weighed(2)]];
    const sample = Array.from({ length: 12 }, (_, index) =>
      index % 3 === 0 ? decision(2, blue, { pool: 'blue' }) : decision(0, red),
    );
    const members = [member(0), member(1), member(2)];
    expect(loadsOf(replay(sample, members, 'round-robin', CAPACITY, new SeededChance(1)))).toEqual([4, 4, 4]);
  });

  it.each(STRATEGY_NAMES)('loses and invents no connection: %s', (name) => {
    const backend = fc.record({
      active: fc.nat({ max: 5 }),
      latencyUs: fc.nat({ max: 9_000 }),
      eligible: fc.boolean(),
    });
    const step = fc.record({
      slot: fc.nat({ max: 3 }),
      backends: fc.array(backend, { minLength: 4, maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat({ max: 4 }), (steps, maxActive) => {
        const sample = steps.map(({ slot, backends }, index) =>
          decision(
            slot,
            backends.map(({ active, latencyUs, eligible }, each) => {
              const standing = eligible ? 'candidate' : 'not-eligible';
              return weighed(each, { active, latencyUs, peakUs: latencyUs, standing });
            }),
            { atMs: index * 100, source: `10.0.0.${index}` },
          ),
        );
        const members = [0, 1, 2, 3].map((slot) => member(slot, { maxActive }));
        const result = replay(sample, members, name, CAPACITY, new SeededChance(1));
        const loads = [...result.loads.values()];
        const total = (of: 'actual' | 'replayed') => loads.reduce((sum, load) => sum + load[of], 0);
        expect(result.replayed).toBe(steps.length);
        expect(total('actual')).toBe(steps.length);
        expect(total('replayed') + result.unplaced).toBe(steps.length);
      }),
      { numRuns: 40 },
    );
  });
});
