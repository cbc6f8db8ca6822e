import { eventually, redisCommand, SimulatedClock, startRedis, type TestServer } from '@hanok/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createCache,
  MemoryStore,
  openCache,
  type Cache,
  type CacheStore,
  type PlayerCache,
} from '../../src/index.ts';
import { holdersKey } from '../../src/near/announcement.ts';
import { announceOperation, reportOperation } from '../../src/near/near-operations.ts';
import { describeOnEveryEngine } from '../support/engines.ts';
import { MutedStore } from '../support/muted-store.ts';
import { ready } from '../support/ready.ts';

interface Player {
  readonly gold: number;
}

/** A source of one player, and a way to wait until a near cache serves him. */
function source() {
  const player = { gold: 1 };
  const load = async (): Promise<Player> => ({ ...player });
  return { player, load };
}

async function readUntilNear(cache: PlayerCache<Player>): Promise<void> {
  await expect.poll(async () => (await cache.read('1'), cache.peek('1')), { timeout: 10_000 }).toBeDefined();
}

describeOnEveryEngine('near caches', (open) => {
  it('serve without asking the store, and nothing older than an acknowledged invalidation', async () => {
    const { store, players } = await open();
    const { player, load } = source();
    const [here, there] = [players({ load, near: {} }), players({ load, near: {} })];
    for (const cache of [here, there]) await readUntilNear(cache);
    expect(here.peek('1')).toMatchObject({ value: { gold: 1 } });
    await store.delete('player:1');
    expect(await here.read('1')).toEqual({ gold: 1 });
    expect(here.stats.nearHits).toBeGreaterThan(1);

    player.gold = 2;
    expect(await here.invalidate('1')).toBe('acknowledged');
    for (const cache of [here, there]) {
      expect(cache.peek('1')).toBeUndefined();
      expect(await cache.read('1')).toEqual({ gold: 2 });
    }
  });

  it('hear of what is invalidated by pattern, and of entries that are put without a lease', async () => {
    const { players, playerEntries, invalidations } = await open();
    const { player, load } = source();
    const cache = players({ load, near: {} });
    await readUntilNear(cache);
    player.gold = 2;
    expect(await invalidations.broadcast('player:?')).toMatchObject({ complete: true });
    expect(await cache.read('1')).toEqual({ gold: 2 });
    await readUntilNear(cache);
    await playerEntries.put('1', { gold: 3 });
    expect(await cache.read('1')).toEqual({ gold: 3 });
  });

  it('remember that there is no such player', async () => {
    const { players } = await open();
    const cache = players<Player>({ load: async () => undefined, near: {} });
    await readUntilNear(cache);
    expect(cache.peek('1')).toMatchObject({ value: undefined });
  });

  it('hold so many entries, and so many bytes, and no more', async () => {
    const { players } = await open();
    const load = async (id: string): Promise<{ id: string; text: string }> => ({
      id,
      text: 'x'.repeat(1_000),
    });
    const few = players({ load, near: { maxEntries: 3 } });
    const small = players({ load, near: { maxBytes: 4_000 } });
    const ids = ['1', '2', '3', '4', '5'];
    for (const cache of [few, small]) {
      for (const id of ids) await cache.read(id);
      await expect.poll(async () => (await cache.read('5'), cache.peek('5'))).toBeDefined();
    }
    expect(ids.filter((id) => few.peek(id) !== undefined)).toEqual(['3', '4', '5']);
    expect(ids.filter((id) => small.peek(id) !== undefined)).toEqual(['3', '4', '5']);
  });
});

describe('a near cache that hears nothing', () => {
  async function deafAndWriter(): Promise<{ clock: SimulatedClock; deaf: MutedStore; store: MemoryStore }> {
    const clock = new SimulatedClock();
    const store = new MemoryStore({ clock });
    return { clock, store, deaf: new MutedStore(store) };
  }

  /** Holds player 1 under a lease that has just been renewed, and hears nothing from now on. */
  async function deafHolder() {
    const { clock, store, deaf } = await deafAndWriter();
    const { player, load } = source();
    const holder = createCache(deaf, { clock }).players({ load, near: {} });
    await holder.read('1');
    await clock.advance(200);
    await holder.read('1');
    await clock.advance(1);
    deaf.mute();
    return { clock, store, deaf, player, holder };
  }

  /** Invalidates player 1, which is not acknowledged as long as the holder serves him. */
  async function invalidateWhileServed(
    clock: SimulatedClock,
    writer: Cache,
    holder: PlayerCache<Player>,
  ): Promise<void> {
    expect(holder.peek('1')).toMatchObject({ value: { gold: 1 } });
    let acknowledged = false;
    const invalidate = async (): Promise<void> => {
      await writer.playerEntries.invalidate('1');
      acknowledged = true;
    };
    const invalidation = invalidate();
    while (holder.peek('1') !== undefined) {
      expect(acknowledged).toBe(false);
      await clock.advance(10);
    }
    await clock.advance(500);
    await invalidation;
  }

  it('is waited for until its lease is over, then no longer, and begins empty', async () => {
    const { clock, store, deaf, player, holder } = await deafHolder();
    const writer = createCache(store, { clock });
    player.gold = 2;
    await invalidateWhileServed(clock, writer, holder);
    expect(holder.peek('1')).toBeUndefined();

    // Struck out: the next invalidation has nobody to wait for.
    player.gold = 3;
    await writer.playerEntries.invalidate('1');
    deaf.unmute();
    expect(await holder.read('1')).toEqual({ gold: 3 });
    await clock.advance(1_000);
    expect(await holder.read('1')).toEqual({ gold: 3 });
  });

  it('is waited for also when it said much of a table that was lost since', async () => {
    const { clock, store, deaf } = await deafAndWriter();
    const { player, load } = source();
    const writer = createCache(store, { clock });
    const holder = createCache(deaf, { clock }).players({ load, near: {} });
    const readFor = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 10) {
        await holder.read('1');
        await clock.advance(10);
      }
    };
    await readFor(1_000);
    for (let count = 0; count < 5; count += 1) {
      const invalidation = writer.playerEntries.invalidate('1');
      await readFor(100);
      await invalidation;
    }
    await store.delete(holdersKey);
    await readFor(1_000);
    deaf.mute();

    player.gold = 2;
    await invalidateWhileServed(clock, writer, holder);
    deaf.unmute();
    expect(await holder.read('1')).toEqual({ gold: 2 });
  });

  it('serves after its lease what may be served to a read that began before its end', async () => {
    const { clock, holder } = await deafHolder();
    const begunAtMs = clock.monotonicMs();
    expect(holder.peek('1', begunAtMs)).toMatchObject({ value: { gold: 1 } });
    await clock.advance(500);
    expect(holder.peek('1')).toBeUndefined();
    expect(holder.peek('1', clock.monotonicMs())).toBeUndefined();
    expect(holder.peek('1', begunAtMs)).toMatchObject({ value: { gold: 1 } });
  });

  it('finds out with its next report that an announcement did not come', async () => {
    const { clock, store, deaf } = await deafAndWriter();
    const { player, load } = source();
    const writer = createCache(store, { clock });
    const holder = createCache(deaf, { clock }).players({ load, near: {} });
    await holder.read('1');
    await clock.advance(1_000);
    await holder.read('1');
    await clock.advance(1);
    deaf.loseSignals();
    player.gold = 2;
    const invalidation = writer.playerEntries.invalidate('1');
    for (let ms = 0; ms < 600; ms += 10) {
      holder.peek('1');
      await clock.advance(10);
    }
    await invalidation;
    expect(await holder.read('1')).toEqual({ gold: 2 });
  });
});

describe('on Redis', () => {
  let redis: TestServer;
  const opened: Cache[] = [];
  beforeAll(async () => {
    redis = await startRedis({ persistence: 'none', dedicated: true });
  });
  afterAll(async () => {
    for (const cache of opened) await cache.close();
    await redis.stop();
  });

  async function openOnRedis(): Promise<Cache & { store: CacheStore }> {
    const cache = openCache(redis.url);
    opened.push(cache);
    await ready(cache.store);
    return cache;
  }

  it('a table that was lost is not mistaken for one without near caches', async () => {
    const { player, load } = source();
    const [holding, writing] = [await openOnRedis(), await openOnRedis()];
    const holder = holding.players({ load, near: {} });
    await readUntilNear(holder);
    await writing.store.delete(holdersKey);
    player.gold = 2;
    await writing.playerEntries.invalidate('1');
    expect(holder.peek('1')).toBeUndefined();
    expect(await holder.read('1')).toEqual({ gold: 2 });
  });

  it('a table that lost numbers, as that of a replica which takes over, is given up for a new one', async () => {
    const { store } = await openOnRedis();
    await store.delete(holdersKey);
    const report = (seen: number, table: number) =>
      store.run(reportOperation, [holdersKey], ['holder', seen, table]);
    const announce = () => store.run(announceOperation, [holdersKey], ['announcer', 'player:1', 500]);
    const { table } = await report(0, 0);
    for (let count = 0; count < 3; count += 1) await announce();
    expect(await report(3, table)).toEqual({ table, sequence: 3, isNew: false });
    const key = await redisCommand(redis.url, ['KEYS', '*near*players*']);
    await redisCommand(redis.url, ['HSET', String(key), 'sequence', '2']);

    const again = await report(3, table);
    expect(again).toMatchObject({ sequence: 0, isNew: true });
    expect(again.table).toBeGreaterThan(table);
    const { sequence, graceMs, holders } = await announce();
    expect({ sequence, holders }).toEqual({ sequence: 1, holders: ['holder'] });
    expect(graceMs).toBeGreaterThan(0);
  });

  it('a table from the future, after the clock was set back, does not make announcements wait until then', async () => {
    const { store } = await openOnRedis();
    const key = await redisCommand(redis.url, ['KEYS', '*near*players*']);
    const future = (Date.now() + 3_600_000) * 1_000;
    await redisCommand(redis.url, ['HSET', String(key), 'since', String(future)]);
    const announce = () => store.run(announceOperation, [holdersKey], ['announcer', 'player:1', 500]);
    const first = await announce();
    expect(first.table).toBeLessThan(future);
    await eventually(async () => {
      expect(await announce()).toMatchObject({ table: first.table, graceMs: 0 });
    });
  });

  it('copies come back after Redis was away, and are right', async () => {
    const { player, load } = source();
    const [holding, writing] = [await openOnRedis(), await openOnRedis()];
    const holder = holding.players({ load, near: {} });
    await readUntilNear(holder);
    await redis.restart();
    player.gold = 3;
    await expect
      .poll(async () => writing.players({ load }).invalidate('1'), { timeout: 10_000 })
      .toBe('acknowledged');
    expect(await holder.read('1')).toEqual({ gold: 3 });
    await readUntilNear(holder);
  });
});
