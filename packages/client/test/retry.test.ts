import { describe, expect, it } from 'vitest';
import { ApiError, ConnectionError } from '../src/errors.ts';
import { retryDelayMs } from '../src/retry.ts';

const OPTIONS = { maxRetries: 10, baseDelayMs: 100, maxDelayMs: 1_000 };
const broken = new ConnectionError('broken');

describe('retryDelayMs', () => {
  it('doubles the bound up to the maximum and takes a random part of it', () => {
    const bounds = [1, 2, 3, 4, 5, 99].map((retry) => retryDelayMs(retry, OPTIONS, () => 1, broken));
    expect(bounds).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(retryDelayMs(3, OPTIONS, () => 0.25, broken)).toBe(100);
    expect(retryDelayMs(3, OPTIONS, () => 0, broken)).toBe(0);
  });

  it('waits at least as long as the service asks', () => {
    const busy = new ApiError('GET /', 429, undefined, 3_000);
    expect(retryDelayMs(1, OPTIONS, () => 0.5, busy)).toBe(3_050);
  });
});
