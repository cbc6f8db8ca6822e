import { eventually } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CacheStore } from '../../src/index.ts';
import { ready } from '../support/ready.ts';

/** What every cache engine must do. `open` gives an empty store of the suite's own. */
export function describeCacheStore(name: string, open: () => Promise<CacheStore> | CacheStore): void {
  describe(`CacheStore contract: ${name}`, () => {
    let store: CacheStore;
    let keys = 0;
    const newKey = (): string => `key:${(keys += 1)}`;

    beforeAll(async () => {
      store = await ready(await open());
    });
    afterAll(() => store.close());

    describe('strings', () => {
      it('holds what was set, and nothing before', async () => {
        const key = newKey();
        expect(await store.get(key)).toBeUndefined();
        await store.set(key, 'gold');
        expect(await store.get(key)).toBe('gold');
        await store.set(key, 'silver');
        expect(await store.get(key)).toBe('silver');
      });

      it.each([
        ['nothing', ''],
        ['a space', ' '],
        ['a zero', '0'],
        ['the word null', 'null'],
        ['letters beyond ASCII', '한옥 🏯'],
        ['control characters', '\u0000\r\n"\\'],
        ['300 kB', 'x'.repeat(300_000)],
      ])('keeps %s as it is', async (_, value) => {
        const key = newKey();
        await store.set(key, value);
        expect(await store.get(key)).toBe(value);
      });

      it('forgets a key after its TTL, and not before', async () => {
        const [brief, lasting] = [newKey(), newKey()];
        await store.set(lasting, 'here', { ttlMs: 60_000 });
        await store.set(brief, 'here', { ttlMs: 30 });
        await eventually(async () => expect(await store.get(brief)).toBeUndefined());
        expect(await store.exists(brief)).toBe(false);
        expect(await store.get(lasting)).toBe('here');
      });

      it('drops the TTL when a key is set again without one', async () => {
        const [key, witness] = [newKey(), newKey()];
        await store.set(key, 'old', { ttlMs: 30 });
        await store.set(key, 'new');
        await store.set(witness, 'old', { ttlMs: 60 });
        await eventually(async () => expect(await store.get(witness)).toBeUndefined());
        expect(await store.get(key)).toBe('new');
      });

      it('tells whether there was something to delete', async () => {
        const key = newKey();
        expect(await store.delete(key)).toBe(false);
        await store.set(key, 'x');
        expect(await store.exists(key)).toBe(true);
        expect(await store.delete(key)).toBe(true);
        expect(await store.exists(key)).toBe(false);
        expect(await store.get(key)).toBeUndefined();
      });
    });

    describe('increments', () => {
      it('counts from 0, up and down, exactly', async () => {
        const key = newKey();
        expect(await store.incrementBy(key, 5)).toBe(5);
        expect(await store.incrementBy(key, -7)).toBe(-2);
        expect(await store.incrementBy(key, 0)).toBe(-2);
        expect(await store.get(key)).toBe('-2');
      });

      it('loses none of 200 concurrent increments', async () => {
        const key = newKey();
        const sums = await Promise.all(Array.from({ length: 200 }, () => store.incrementBy(key, 1)));
        expect(new Set(sums).size).toBe(200);
        expect(await store.incrementBy(key, 0)).toBe(200);
      });

      it('is exact up to 2^53 - 1 and refuses to leave it', async () => {
        const key = newKey();
        expect(await store.incrementBy(key, Number.MAX_SAFE_INTEGER - 1)).toBe(Number.MAX_SAFE_INTEGER - 1);
        expect(await store.incrementBy(key, 1)).toBe(Number.MAX_SAFE_INTEGER);
        await expect(store.incrementBy(key, 1)).rejects.toMatchObject({
          code: 'out_of_range',
          retryable: false,
        });
        expect(await store.incrementBy(key, 0)).toBe(Number.MAX_SAFE_INTEGER);
        await store.set(key, '0');
        await store.incrementBy(key, Number.MIN_SAFE_INTEGER);
        await expect(store.incrementBy(key, -1)).rejects.toMatchObject({ code: 'out_of_range' });
      });

      it('keeps the TTL', async () => {
        const key = newKey();
        // Again when this process was so slow that the time was over before the increment came.
        await eventually(async () => {
          await store.set(key, '1', { ttlMs: 40 });
          expect(await store.incrementBy(key, 1)).toBe(2);
        });
        await eventually(async () => expect(await store.get(key)).toBeUndefined());
      });

      it('gives a key that it begins its TTL, and no other', async () => {
        const [begun, there] = [newKey(), newKey()];
        await store.set(there, '1');
        const sums = await Promise.all([1, 2, 3].map(() => store.incrementBy(begun, 1, { ttlMs: 200 })));
        expect(sums.toSorted((a, b) => a - b)).toEqual([1, 2, 3]);
        await store.incrementBy(there, 1, { ttlMs: 1 });
        await eventually(async () => expect(await store.get(begun)).toBeUndefined());
        expect(await store.get(there)).toBe('2');
        await expect(store.incrementBy(begun, 1, { ttlMs: 0 })).rejects.toMatchObject({ field: 'ttlMs' });
      });

      it.each([0.5, Number.NaN, Infinity, 2 ** 53])('refuses the amount %d', async (by) => {
        await expect(store.incrementBy(newKey(), by)).rejects.toMatchObject({ code: 'invalid', field: 'by' });
      });

      it.each(['gold', '1.5', '', '1e3', ' 1'])('refuses to count on from %j', async (value) => {
        const key = newKey();
        await store.set(key, value);
        await expect(store.incrementBy(key, 1)).rejects.toMatchObject({ code: 'wrong_type' });
        expect(await store.get(key)).toBe(value);
      });
    });

    describe('lists', () => {
      it('pushes and pops at both ends', async () => {
        const key = newKey();
        expect(await store.pushBack(key, 'b')).toBe(1);
        expect(await store.pushBack(key, 'c')).toBe(2);
        expect(await store.pushFront(key, 'a')).toBe(3);
        expect(await store.popBack(key)).toBe('c');
        expect(await store.popFront(key)).toBe('a');
        expect(await store.popFront(key)).toBe('b');
        expect(await store.popFront(key)).toBeUndefined();
        expect(await store.popBack(key)).toBeUndefined();
      });

      it('is a queue one way and a stack the other', async () => {
        const key = newKey();
        for (let i = 0; i < 50; i += 1) await store.pushBack(key, String(i));
        const popped = await Promise.all(Array.from({ length: 25 }, () => store.popFront(key)));
        expect(popped).toEqual(Array.from({ length: 25 }, (_, i) => String(i)));
        expect(await store.popBack(key)).toBe('49');
      });

      it('is gone when it is empty', async () => {
        const key = newKey();
        await store.pushFront(key, 'a');
        await store.popBack(key);
        expect(await store.exists(key)).toBe(false);
        await store.set(key, 'now a string');
        expect(await store.get(key)).toBe('now a string');
      });

      it('is not mistaken for a string, nor a string for a list', async () => {
        const [listKey, stringKey] = [newKey(), newKey()];
        await store.pushBack(listKey, 'a');
        await store.set(stringKey, 'a');
        await expect(store.get(listKey)).rejects.toMatchObject({ code: 'wrong_type', retryable: false });
        await expect(store.incrementBy(listKey, 1)).rejects.toMatchObject({ code: 'wrong_type' });
        await expect(store.pushBack(stringKey, 'b')).rejects.toMatchObject({ code: 'wrong_type' });
        await expect(store.popFront(stringKey)).rejects.toMatchObject({ code: 'wrong_type' });
        await store.set(listKey, 'set replaces any kind');
        expect(await store.get(listKey)).toBe('set replaces any kind');
      });
    });

    describe('deletion by pattern', () => {
      it('deletes what matches, everywhere, and reports it', async () => {
        for (const id of ['1', '12', '2', '21']) await store.set(`cat:${id}`, 'x');
        const reports = await store.deleteMatching('cat:1*');
        expect(reports.every(({ ok }) => ok)).toBe(true);
        expect(reports.reduce((sum, { deleted }) => sum + deleted, 0)).toBe(2);
        expect(await store.exists('cat:1')).toBe(false);
        expect(await store.exists('cat:12')).toBe(false);
        expect(await store.exists('cat:2')).toBe(true);
        await store.deleteMatching('cat:?');
        expect(await store.exists('cat:2')).toBe(false);
        expect(await store.exists('cat:21')).toBe(true);
      });

      it('finds all of 2,500 keys and leaves their neighbours', async () => {
        await Promise.all(Array.from({ length: 2_500 }, (_, i) => store.set(`many:${i}`, 'x')));
        await store.set('manifold', 'x');
        const reports = await store.deleteMatching('many:*');
        expect(reports.reduce((sum, { deleted }) => sum + deleted, 0)).toBe(2_500);
        expect(await store.exists('manifold')).toBe(true);
      });

      it.each([
        ['nothing', ''],
        ['a set', 'a[bc]'],
        ['an escape', 'a\\*'],
        ['a line break', 'a\nb'],
        ['257 characters', 'x'.repeat(257)],
        ['letters beyond ASCII', 'ä*'],
      ])('refuses a pattern with %s', async (_, pattern) => {
        await expect(store.deleteMatching(pattern)).rejects.toMatchObject({
          code: 'invalid',
          field: 'pattern',
        });
      });
    });

    describe('bounds', () => {
      it('refuses an empty key and one of more than 512 characters', async () => {
        await expect(store.get('')).rejects.toMatchObject({
          code: 'invalid',
          field: 'key',
          rule: 'minLength',
        });
        await expect(store.get('k'.repeat(513))).rejects.toMatchObject({ code: 'too_large', field: 'key' });
        await store.set('k'.repeat(512), 'x');
        expect(await store.get('k'.repeat(512))).toBe('x');
      });

      it('refuses half a surrogate pair, which no UTF-8 can carry', async () => {
        await expect(store.set(newKey(), 'x\ud800')).rejects.toMatchObject({
          code: 'invalid',
          field: 'value',
        });
        await expect(store.get('\udfff')).rejects.toMatchObject({ code: 'invalid', field: 'key' });
      });

      it('takes a value of 1 MiB and refuses a larger one, counted in bytes', async () => {
        const key = newKey();
        await store.set(key, 'x'.repeat(1_048_576));
        expect(await store.get(key)).toHaveLength(1_048_576);
        await expect(store.set(key, 'x'.repeat(1_048_577))).rejects.toMatchObject({ code: 'too_large' });
        await expect(store.set(key, '한'.repeat(349_526))).rejects.toMatchObject({ code: 'too_large' });
      });

      it.each([0, -1, 0.5, Number.NaN, Infinity])('refuses a TTL of %d ms', async (ttlMs) => {
        await expect(store.set(newKey(), 'x', { ttlMs })).rejects.toMatchObject({
          code: 'invalid',
          field: 'ttlMs',
        });
      });
    });

    it('reports itself connected, without an error', () => {
      expect(store.connected).toBe(true);
      expect(store.lastError).toBeUndefined();
      expect(store.status().every(({ connected }) => connected)).toBe(true);
    });

    it('refuses calls once it is closed', async () => {
      const other = await ready(await open());
      await other.close();
      expect(other.connected).toBe(false);
      await expect(other.get('key')).rejects.toMatchObject({ code: 'closed', retryable: false });
    });
  });
}
