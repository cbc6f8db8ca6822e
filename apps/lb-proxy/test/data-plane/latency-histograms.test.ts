import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyHistograms } from '../../src/data-plane/latency-histograms.ts';

function histograms(capacity = 2, workers = 2): LatencyHistograms {
  const cells = new Float64Array(LatencyHistograms.cellsFor(capacity, workers));
  return new LatencyHistograms(cells, capacity, workers);
}

describe('LatencyHistograms', () => {
  it('knows any quantile to within a fifth, over all workers', () => {
    const times = fc.array(fc.double({ min: 0.125, max: 130_000, noNaN: true }), {
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(times, fc.double({ min: 0.01, max: 1, noNaN: true }), (timesMs, share) => {
        const all = histograms();
        timesMs.forEach((timeMs, index) => all.record(index % 2, 1, timeMs));
        const sorted = timesMs.toSorted((a, b) => a - b);
        const exactMs = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
        const ratio = (all.quantileMs(1, share) ?? 0) / exactMs;
        expect(ratio).toBeGreaterThan(0.83);
        expect(ratio).toBeLessThan(1.2);
      }),
    );
  });

  it('counts what took at most so long', () => {
    const all = histograms();
    for (const timeMs of [0.01, 0.125, 0.126, 1, 1.01, 900, 500_000]) all.record(0, 0, timeMs);
    const { buckets, count, sumMs } = all.summary(0);
    const upTo = (ms: number) => buckets.find(({ upToMs }) => upToMs === ms)?.count;
    expect(buckets).toHaveLength(21);
    expect([upTo(0.125), upTo(0.25), upTo(1), upTo(2), upTo(512), upTo(1_024), upTo(131_072)]).toEqual([
      2, 3, 4, 5, 5, 6, 6,
    ]);
    expect(count).toBe(7);
    expect(sumMs).toBeCloseTo(500_902.271, 3);
    expect(all.quantileMs(0, 1)).toBe(131_072);
  });

  it('keeps backends apart, and forgets one when it is told to', () => {
    const all = histograms();
    expect(all.quantileMs(0, 0.5)).toBeNull();
    all.record(0, 0, 5);
    all.record(1, 1, 50);
    expect(all.quantileMs(0, 0.5)).toBeLessThan(6);
    all.clear(1);
    expect(all.quantileMs(1, 0.5)).toBeNull();
    expect(all.summary(0).count).toBe(1);
  });
});
