import { CoordinationError } from '@hanok/cluster';
import { describe, expect, test } from 'vitest';
import { catchUp } from '../../src/http/catch-up.ts';

function copyAt(revision: number, sync: () => Promise<void>) {
  return { revision, sync } as Parameters<typeof catchUp>[0];
}

describe('a reader that was told more elsewhere', () => {
  test('waits for this copy', async () => {
    let synced = 0;
    const copy = copyAt(7, () => Promise.resolve(void (synced += 1)));
    await catchUp(copy, 7);
    expect(synced).toBe(0);
    await catchUp(copy, 8);
    expect(synced).toBe(1);
  });

  test('is not taken back in time by a copy that cannot catch up', async () => {
    const error = new CoordinationError('no-leader', 'away');
    await expect(
      catchUp(
        copyAt(7, () => Promise.reject(error)),
        8,
      ),
    ).rejects.toBe(error);
  });
});
