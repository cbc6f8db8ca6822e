import { describe, expect, it } from 'vitest';
import { SampleRing } from '../../src/observe/sample-ring.ts';

const sample = (active: number, p99Ms: number | null = null) => ({
  active,
  connectionsPerSecond: active / 2,
  bytesPerSecond: 0,
  p50Ms: null,
  p99Ms,
});

describe('SampleRing', () => {
  it('gives the last samples, oldest first, and fewer where there are not so many', () => {
    const ring = new SampleRing(3);
    expect(ring.last(3)).toEqual([]);
    ring.push(sample(1));
    ring.push(sample(2, 12.5));
    expect(ring.last(3)).toEqual([sample(1), sample(2, 12.5)]);
    expect(ring.last(1)).toEqual([sample(2, 12.5)]);
  });

  it('forgets the oldest when it is full', () => {
    const ring = new SampleRing(3);
    for (let active = 1; active <= 10; active += 1) ring.push(sample(active));
    expect(ring.last(5).map(({ active }) => active)).toEqual([8, 9, 10]);
  });
});
