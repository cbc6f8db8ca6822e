import { describe, expect, it } from 'vitest';
import { restartDelayMs } from '../src/restart-policy.ts';

describe('restartDelayMs', () => {
  const policy = { baseDelayMs: 100, maxDelayMs: 1_000, healthyAfterMs: 0, maxFailedStarts: 1 };

  it('doubles up to the maximum, and half of it is random', () => {
    expect(
      [1, 2, 3, 4, 5, 1_000].map((attempt) => restartDelayMs(attempt, policy, { next: () => 1 })),
    ).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(restartDelayMs(3, policy, { next: () => 0 })).toBe(200);
  });
});
