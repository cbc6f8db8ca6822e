import { describe, expect, it } from 'vitest';
import { Suspicion } from '../../src/swim/suspicion.ts';
import { minSuspicionMs, retransmissions, swimPresets, syncPeriodMs } from '../../src/swim/swim-config.ts';

const { lan } = swimPresets;
const start = (members: number) => new Suspicion(lan, members, { from: 'a', incarnation: 1 }, 1_000);

describe('suspicion (Lifeguard, section IV-B)', () => {
  it('lasts longest without a confirmation, and shortens with each, less and less', () => {
    const suspicion = start(100);
    const minMs = minSuspicionMs(lan, 100);
    expect(minMs).toBe(6_000);
    const lengths = [suspicion.deadline - 1_000];
    for (const from of ['b', 'c', 'd', 'e']) {
      expect(suspicion.confirm(from)).toBe(true);
      lengths.push(Math.round(suspicion.deadline - 1_000));
    }
    // max - (max - min) x log(C + 1) / log(K + 1), with K = 4.
    expect(lengths).toEqual([36_000, 23_080, 15_522, 10_159, 6_000]);
    expect(suspicion.confirm('f')).toBe(false);
    expect(suspicion.deadline).toBe(7_000);
  });

  it('counts each accuser once', () => {
    const suspicion = start(100);
    expect([suspicion.confirm('a'), suspicion.confirm('b'), suspicion.confirm('b')]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('does not wait for confirmations that cannot come', () => {
    expect(start(3).deadline).toBe(4_000);
    expect(start(5).deadline).toBe(4_000);
    expect(start(6).deadline).toBeGreaterThan(15_000);
  });
});

describe('what grows with the cluster', () => {
  it('grows with its logarithm', () => {
    expect([3, 10, 100, 1_000].map((members) => minSuspicionMs(lan, members))).toEqual([
      3_000, 3_000, 6_000, 9_000,
    ]);
    expect([1, 9, 99, 999].map((members) => retransmissions(lan, members))).toEqual([4, 4, 8, 12]);
    expect([3, 32, 64, 1_024].map((members) => syncPeriodMs(lan, members))).toEqual([
      30_000, 30_000, 60_000, 180_000,
    ]);
  });
});
