import { SimulatedClock } from '@hanok/testkit';
import { describe, expect, it } from 'vitest';
import { Leaderboards, MemoryStore } from '../../src/index.ts';

describe('the bounds of the memory engine', () => {
  it('evicts the least recently used of the keys with a TTL, by number', async () => {
    const store = new MemoryStore({ maxEntries: 3 });
    for (const key of ['a', 'b', 'c']) await store.set(key, key, { ttlMs: 60_000 });
    await store.get('a');
    await store.set('d', 'd', { ttlMs: 60_000 });
    expect(await store.exists('b')).toBe(false);
    for (const key of ['a', 'c', 'd']) expect(await store.get(key)).toBe(key);
    expect(store.space.entryCount).toBe(3);
    expect(store.space.evictions).toBe(1);
  });

  it('evicts by bytes, and never holds more than one value above the bound', async () => {
    const store = new MemoryStore({ maxBytes: 1_000_000 });
    for (let i = 0; i < 300; i += 1) {
      await store.set(`k${i}`, 'x'.repeat(10_000), { ttlMs: 60_000 });
      expect(store.space.sizeBytes).toBeLessThanOrEqual(1_000_000);
    }
    expect(await store.exists('k0')).toBe(false);
    expect(await store.exists('k299')).toBe(true);
    expect(store.space.evictions).toBeGreaterThan(200);
  });

  it('keeps what has no TTL, and refuses more when that alone fills it', async () => {
    const store = new MemoryStore({ maxBytes: 100_000 });
    await store.set('copy', 'x'.repeat(5_000), { ttlMs: 60_000 });
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 100; i += 1) await store.set(`k${i}`, 'x'.repeat(5_000));
    };
    await expect(fill()).rejects.toMatchObject({ code: 'out_of_memory' });
    expect(await store.exists('copy')).toBe(false);
    expect(await store.get('k0')).toHaveLength(5_000);
    await expect(store.incrementBy('c', 1)).rejects.toMatchObject({ code: 'out_of_memory' });
    await store.delete('k0');
    await store.delete('k1');
    expect(await store.incrementBy('c', 1)).toBe(1);
  });

  it('bounds keys without a TTL by number, too', async () => {
    const store = new MemoryStore({ maxEntries: 2 });
    await store.set('a', 'a');
    await store.set('b', 'b');
    await expect(store.set('c', 'c')).rejects.toMatchObject({ code: 'out_of_memory' });
  });

  it('gives all bytes back when everything is gone', async () => {
    const clock = new SimulatedClock();
    const store = new MemoryStore({ clock });
    const boards = new Leaderboards(store);
    for (let i = 0; i < 500; i += 1) {
      await store.set(`s${i}`, 'x'.repeat(i));
      await store.set(`t${i}`, 'x'.repeat(i), { ttlMs: 1_000 });
      await store.pushBack(`l${i % 7}`, 'x'.repeat(i));
      await boards.submit(`b${i % 3}`, `p${i}`, i);
    }
    await store.set('s1', 'now with a TTL', { ttlMs: 500 });
    await store.set('t1', 'now without');
    expect(store.space.sizeBytes).toBeGreaterThan(100_000);
    await clock.advance(1_000);
    for (let i = 0; i < 500; i += 1) {
      expect(await store.exists(`t${i}`)).toBe(i === 1);
      await store.delete(`s${i}`);
    }
    await store.delete('t1');
    for (let i = 0; i < 7; i += 1) while ((await store.popFront(`l${i}`)) !== undefined);
    for (let i = 0; i < 3; i += 1) await boards.clear(`b${i}`);
    expect(store.space.entryCount).toBe(0);
    expect(store.space.sizeBytes).toBe(0);
  });
});

describe('deletion by pattern in the memory engine', () => {
  it('gives way to everything else while it looks through many keys, and misses none', async () => {
    const store = new MemoryStore();
    for (let i = 0; i < 10_000; i += 1) await store.set(`${i % 2 === 0 ? 'even' : 'odd'}:${i}`, 'v');
    const seen: (string | undefined)[] = [];
    const reading = setImmediate(() => void store.get('odd:1').then((value) => seen.push(value)));
    expect(await store.deleteMatching('even:*')).toEqual([{ shard: 'memory', ok: true, deleted: 5_000 }]);
    clearImmediate(reading);
    expect(seen).toEqual(['v']);
    expect(store.space.entryCount).toBe(5_000);
  });
});

describe('time in the memory engine', () => {
  it('ends a TTL exactly, on the monotonic clock', async () => {
    const clock = new SimulatedClock();
    const store = new MemoryStore({ clock });
    await store.set('k', 'v', { ttlMs: 100 });
    await clock.advance(99);
    expect(await store.get('k')).toBe('v');
    await clock.advance(1);
    expect(await store.get('k')).toBeUndefined();
    expect(await store.deleteMatching('*')).toEqual([{ shard: 'memory', ok: true, deleted: 0 }]);
  });
});
