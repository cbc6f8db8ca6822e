import { eventually } from '@hanok/testkit';
import { expect, it, vi } from 'vitest';
import { jsonCodec } from '../../src/index.ts';
import { describeOnEveryEngine } from '../support/engines.ts';
import { gate } from '../support/gate.ts';

interface Player {
  readonly id: string;
  readonly gold: number;
}

describeOnEveryEngine('PlayerCache', (open) => {
  it('loads a player once and serves him from the cache, in every process', async () => {
    const { store, players } = await open();
    const load = vi.fn<(id: string) => Promise<Player>>(async (id) => ({ id, gold: 5 }));
    const [here, there] = [players({ load }), players({ load })];
    expect(await here.read('1')).toEqual({ id: '1', gold: 5 });
    expect(await here.read('1')).toEqual({ id: '1', gold: 5 });
    expect(await there.read('1')).toEqual({ id: '1', gold: 5 });
    expect(load).toHaveBeenCalledTimes(1);
    expect(await store.exists('player:1')).toBe(true);
    expect(here.stats).toMatchObject({ hits: 1, misses: 1, loads: 1, unkept: 0, fallbacks: 0 });
  });

  it('remembers for a while that there is no such player', async () => {
    const { players } = await open();
    const load = vi.fn<() => Promise<Player | undefined>>(async () => undefined);
    const cache = players<Player>({ load, absentTtlMs: 1_500 });
    expect(await cache.read('404')).toBeUndefined();
    expect(await cache.read('404')).toBeUndefined();
    expect(load).toHaveBeenCalledTimes(1);
    load.mockResolvedValue({ id: '404', gold: 0 });
    await eventually(async () => expect(await cache.read('404')).toBeDefined());
  });

  it('reads several players at once', async () => {
    const { players } = await open();
    const load = vi.fn<(id: string) => Promise<Player | undefined>>(async (id) =>
      id === '404' ? undefined : { id, gold: 5 },
    );
    const cache = players({ load });
    await cache.read('1');
    const expected = [{ id: '2', gold: 5 }, undefined, { id: '1', gold: 5 }];
    expect(await cache.readMany(['2', '404', '1'])).toEqual(expected);
    expect(load).toHaveBeenCalledTimes(3);
    const tooMany = Array.from({ length: 1_001 }, (_, index) => String(index));
    await expect(cache.readMany(tooMany)).rejects.toMatchObject({ code: 'invalid', field: 'playerIds' });
  });

  it('answers with what it last read while the source fails, where that was asked for', async () => {
    const { players } = await open();
    const load = vi.fn<(id: string) => Promise<Player | undefined>>(async (id) => ({ id, gold: 5 }));
    const [lenient, strict] = [players({ load, staleWhileErrorMs: 60_000 }), players({ load })];
    for (const cache of [lenient, strict]) await cache.read('1');
    await strict.invalidate('1');
    load.mockRejectedValue(new Error('the database is away'));
    expect(await lenient.read('1')).toEqual({ id: '1', gold: 5 });
    expect(lenient.stats.staleAnswers).toBe(1);
    await expect(strict.read('1')).rejects.toThrow('the database is away');
    await expect(lenient.read('2')).rejects.toThrow('the database is away');
  });

  it('loads again after an invalidation, also of a player known to be absent', async () => {
    const { players } = await open();
    let player: Player | undefined;
    const cache = players<Player>({ load: async () => player });
    expect(await cache.read('1')).toBeUndefined();
    player = { id: '1', gold: 1 };
    expect(await cache.invalidate('1')).toBe('acknowledged');
    expect(await cache.read('1')).toEqual({ id: '1', gold: 1 });
    player = { id: '1', gold: 0 };
    await cache.invalidate('1');
    expect(await cache.read('1')).toEqual({ id: '1', gold: 0 });
  });

  it('loads once for 500 who ask at the same time in four processes', async () => {
    const { players } = await open();
    const loaded = gate<Player>();
    const load = vi.fn<() => Promise<Player>>(() => loaded.promise);
    const caches = Array.from({ length: 4 }, () => players<Player>({ load }));
    const reads = caches.flatMap((cache) => Array.from({ length: 125 }, () => cache.read('1')));
    await eventually(() => expect(load).toHaveBeenCalled());
    loaded.open({ id: '1', gold: 5 });
    const found = await Promise.all(reads);
    expect(found.every((player) => player?.gold === 5)).toBe(true);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('never stores what was loaded before an invalidation (the fill race)', async () => {
    const { players } = await open();
    const slow = gate<Player>();
    const load = vi.fn<(id: string) => Promise<Player>>(() => slow.promise);
    const [reader, writer] = [players<Player>({ load }), players<Player>({ load })];
    const early = reader.read('1');
    await eventually(() => expect(load).toHaveBeenCalledTimes(1));
    await writer.invalidate('1');
    load.mockResolvedValue({ id: '1', gold: 0 });
    // Asked after the invalidation: must not get what the load under way will bring.
    const late = reader.read('1');
    slow.open({ id: '1', gold: 100 });
    expect(await early).toEqual({ id: '1', gold: 100 });
    expect(await late).toEqual({ id: '1', gold: 0 });
    expect(await writer.read('1')).toEqual({ id: '1', gold: 0 });
  });

  it('is not deceived by an invalidation by pattern during a load either', async () => {
    const { players, invalidations } = await open();
    const slow = gate<Player>();
    const load = vi.fn<(id: string) => Promise<Player>>(() => slow.promise);
    const cache = players<Player>({ load });
    const early = cache.read('17');
    await eventually(() => expect(load).toHaveBeenCalledTimes(1));
    const report = await invalidations.broadcast('player:1*');
    expect(report).toMatchObject({ complete: true, deleted: 1 });
    slow.open({ id: '17', gold: 100 });
    await early;
    load.mockResolvedValue({ id: '17', gold: 0 });
    expect(await cache.read('17')).toEqual({ id: '17', gold: 0 });
  });

  it('hands a failed load to those who waited, and lets the next one try at once', async () => {
    const { players } = await open();
    const load = vi.fn<() => Promise<Player>>().mockRejectedValue(new Error('the database is away'));
    const cache = players<Player>({ load });
    await expect(cache.read('1')).rejects.toThrow('the database is away');
    load.mockResolvedValue({ id: '1', gold: 5 });
    expect(await cache.read('1')).toEqual({ id: '1', gold: 5 });
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('does not wait longer than the lease for a process that died while loading', async () => {
    const { players, playerEntries } = await open();
    expect(await playerEntries.lease('1')).toBeDefined();
    const cache = players<Player>({ load: async (id) => ({ id, gold: 5 }), leaseMs: 60 });
    expect(await cache.read('1')).toEqual({ id: '1', gold: 5 });
  });

  it('treats entries of another codec version as misses, and replaces them', async () => {
    const { players } = await open();
    const load = vi.fn<(id: string) => Promise<Player>>(async (id) => ({ id, gold: 5 }));
    const old = players<Player>({ load, codec: jsonCodec({ version: '1' }) });
    const recent = players<Player>({ load, codec: jsonCodec({ version: '2' }) });
    await old.read('1');
    expect(await recent.read('1')).toEqual({ id: '1', gold: 5 });
    expect(await recent.read('1')).toEqual({ id: '1', gold: 5 });
    expect(load).toHaveBeenCalledTimes(2);
    expect(await old.read('1')).toEqual({ id: '1', gold: 5 });
    expect(load).toHaveBeenCalledTimes(3);
  });

  it.each([
    '',
    'garbage',
    '9Vxxxxxxxxxxxxxxxxxxxxxx1.1;1{}',
    '1V',
    '1Vxxxxxxxxxxxxxxxxxxxxxx',
    '1Vxxxxxxxxxxxxxxxxxxxxxx!.1;x',
    '1Vxxxxxxxxxxxxxxxxxxxxxx1.1;1{',
  ])('treats %j in the place of an entry as a miss', async (held) => {
    const { players, store } = await open();
    await store.set('player:1', held);
    const load = vi.fn<(id: string) => Promise<Player>>(async (id) => ({ id, gold: 5 }));
    const cache = players<Player>({ load });
    expect(await cache.read('1')).toEqual({ id: '1', gold: 5 });
    expect(await cache.read('1')).toEqual({ id: '1', gold: 5 });
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('spreads the ends of entries over a tenth of the TTL', async () => {
    const { players, playerEntries } = await open();
    const cache = players<Player>({ load: async (id) => ({ id, gold: 5 }), ttlMs: 1_000_000 });
    const now = Date.now();
    const ends = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        await cache.read(String(i));
        return ((await playerEntries.read(String(i)))?.expiresAtMs ?? 0) - now;
      }),
    );
    expect(Math.min(...ends)).toBeGreaterThan(899_000);
    expect(Math.max(...ends)).toBeLessThan(1_060_000);
    expect(new Set(ends).size).toBeGreaterThan(20);
  });

  it('refreshes a popular entry before it ends, in the background', async () => {
    const { players } = await open();
    let loads = 0;
    const load = async (id: string): Promise<Player> => ({ id, gold: (loads += 1) });
    const cache = players<Player>({ load, ttlMs: 5_000, earlyRefresh: 1e9 });
    expect(await cache.read('1')).toEqual({ id: '1', gold: 1 });
    await eventually(async () => expect((await cache.read('1'))?.gold).toBeGreaterThan(1));
    expect(cache.stats.misses).toBe(1);
  });

  it.each(['', 'a b', '*', '1:2', 'x'.repeat(65)])('refuses the player id %j', async (id) => {
    const { players } = await open();
    const cache = players<Player>({ load: async () => undefined });
    await expect(cache.read(id)).rejects.toMatchObject({ code: 'invalid', field: 'playerId' });
    await expect(cache.invalidate(id)).rejects.toMatchObject({ code: 'invalid', field: 'playerId' });
  });
});

describeOnEveryEngine('PlayerEntries', (open) => {
  it('fills with a lease, unless something was invalidated since', async () => {
    const { playerEntries } = await open();
    expect(await playerEntries.read('1')).toBeUndefined();
    const lease = await playerEntries.lease('1');
    expect(lease).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(await playerEntries.lease('1')).toBeUndefined();
    expect(await playerEntries.invalidate('1')).toBe(true);
    expect(await playerEntries.put('1', { gold: 100 }, { lease: lease ?? '' })).toBe(false);
    expect(await playerEntries.read('1')).toBeUndefined();
    const second = await playerEntries.lease('1');
    expect(await playerEntries.put('1', { gold: 0 }, { lease: second ?? '' })).toBe(true);
    expect(await playerEntries.read('1')).toMatchObject({ value: { gold: 0 } });
    expect(await playerEntries.lease('1')).toBeUndefined();
  });

  it('shares its entries with PlayerCache', async () => {
    const { playerEntries, players } = await open();
    await playerEntries.put('1', { id: '1', gold: 7 });
    const cache = players<Player>({ load: async () => undefined });
    expect(await cache.read('1')).toEqual({ id: '1', gold: 7 });
  });
});
