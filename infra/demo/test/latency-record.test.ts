import { describe, expect, it } from 'vitest';
import { LatencyRecord } from '../src/latency-record.ts';

describe('LatencyRecord', () => {
  it('tells percentiles within the width of a bucket', () => {
    const record = new LatencyRecord();
    for (let tookMs = 1; tookMs <= 1_000; tookMs++) record.succeeded(tookMs);
    for (const share of [0.01, 0.5, 0.99, 1]) {
      const exactMs = share * 1_000;
      expect(record.percentileMs(share)).toBeGreaterThanOrEqual(exactMs * 0.999);
      expect(record.percentileMs(share)).toBeLessThan(exactMs * 1.09);
    }
  });

  it('holds its bounds for extreme times', () => {
    const record = new LatencyRecord();
    expect(record.percentileMs(0.5)).toBe(0);
    record.succeeded(0);
    record.succeeded(1e12);
    expect(record.percentileMs(0.5)).toBeGreaterThan(0);
    expect(record.percentileMs(1)).toBeGreaterThan(60_000);
  });

  it('counts failures apart', () => {
    const record = new LatencyRecord();
    record.failed();
    expect([record.count, record.errors]).toEqual([0, 1]);
  });
});
