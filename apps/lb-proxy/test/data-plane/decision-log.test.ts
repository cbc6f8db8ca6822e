import { describe, expect, it } from 'vitest';
import { DECISION_LIMITS, DecisionLog, type Decision } from '../../src/data-plane/decision-log.ts';

const decision = (atMs: number): Decision => ({
  atMs,
  source: '10.0.0.1',
  strategy: 'random',
  pool: '',
  byToken: false,
  slot: 0,
  failedBefore: 0,
  backends: [],
});

describe('DecisionLog', () => {
  it('keeps the last ones, newest first, and no more', () => {
    const log = new DecisionLog();
    expect(log.list()).toEqual([]);
    for (let atMs = 1; atMs <= DECISION_LIMITS.kept + 5; atMs += 1) log.add(decision(atMs));
    const times = log.list().map(({ atMs }) => atMs);
    expect(times).toHaveLength(DECISION_LIMITS.kept);
    expect(times.slice(0, 3)).toEqual([133, 132, 131]);
    expect(times.at(-1)).toBe(6);
  });

  it('records a bounded number in a second', () => {
    const log = new DecisionLog();
    const due = (startMs: number) =>
      Array.from({ length: 100 }, (_, index) => log.isDue(startMs + index)).filter(Boolean).length;
    expect(due(0)).toBe(DECISION_LIMITS.perSecond);
    expect(due(500)).toBe(0);
    expect(due(1_000)).toBe(DECISION_LIMITS.perSecond);
  });
});
