import { describe, expect, it } from 'vitest';
import { forEachConcurrently } from '../src/workers.ts';

describe('forEachConcurrently', () => {
  it('does every item once, no more than allowed at a time', async () => {
    let running = 0;
    let most = 0;
    const done: number[] = [];
    await forEachConcurrently([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      done.push(item);
    });
    expect(new Set(done)).toEqual(new Set([1, 2, 3, 4, 5, 6, 7]));
    expect(done).toHaveLength(7);
    expect(most).toBe(3);
  });

  it('stops at the first error', async () => {
    const begun: number[] = [];
    const failure = new Error('third');
    const run = forEachConcurrently([1, 2, 3, 4, 5, 6, 7, 8], 1, (item) => {
      begun.push(item);
      return item === 3 ? Promise.reject(failure) : Promise.resolve();
    });
    await expect(run).rejects.toBe(failure);
    expect(begun).toEqual([1, 2, 3]);
  });
});
