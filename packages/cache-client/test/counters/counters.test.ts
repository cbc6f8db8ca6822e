import { SimulatedClock } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { readWindows } from '../../src/counters/count-operations.ts';
import type { WindowUnit } from '../../src/index.ts';
import { describeOnEveryEngine } from '../support/engines.ts';

describeOnEveryEngine('Counters', (open) => {
  async function start() {
    const cache = await open();
    return cache.counters;
  }

  it('counts up and down, exactly, also concurrently', async () => {
    const counters = await start();
    expect(await counters.read('players_online')).toBe(0);
    expect(await counters.increment('players_online')).toBe(1);
    expect(await counters.increment('players_online', -3)).toBe(-2);
    await Promise.all(Array.from({ length: 100 }, () => counters.increment('total_logins', 2)));
    expect(await counters.read('total_logins')).toBe(200);
    expect(await counters.reset('total_logins')).toBe(true);
    expect(await counters.reset('total_logins')).toBe(false);
    expect(await counters.read('total_logins')).toBe(0);
  });

  it('knows what was counted in the last minutes, hours and days', async () => {
    const clock = new SimulatedClock({ startMs: Date.UTC(2026, 2, 28, 23, 58, 30) });
    const { counters } = await open({ clock });
    const last = async (unit: WindowUnit, count: number): Promise<unknown> =>
      (await counters.windows('c', unit, count)).map(({ value }) => value);
    await counters.increment('c', 5);
    await clock.advance(60_000);
    await counters.increment('c');
    await counters.increment('c', -3);
    await clock.advance(60_000);
    await counters.increment('c', 10);
    expect(await last('minute', 4)).toEqual([0, 5, -2, 10]);
    expect(await last('hour', 2)).toEqual([3, 10]);
    expect(await last('day', 2)).toEqual([3, 10]);
    expect(await counters.read('c')).toBe(13);
    expect((await counters.windows('c', 'day', 1))[0]?.startMs).toBe(Date.UTC(2026, 2, 29));
    await clock.advance(59 * 60_000);
    expect((await counters.windows('c', 'minute'))[0]).toEqual({ startMs: Date.UTC(2026, 2, 29), value: 10 });
    await clock.advance(60_000);
    expect(await last('minute', 60)).toEqual(Array.from({ length: 60 }, () => 0));
    expect(await last('hour', 48)).toEqual([...Array.from({ length: 45 }, () => 0), 3, 10, 0]);
    expect(await counters.reset('c')).toBe(true);
    expect(await last('day', 31)).toEqual(Array.from({ length: 31 }, () => 0));
  });

  it('forgets windows that are past', async () => {
    const clock = new SimulatedClock();
    const { counters, store } = await open({ clock });
    for (let day = 0; day < 40; day += 1) {
      await counters.increment('c');
      await clock.advance(86_400_000);
    }
    const old = clock.now() - 35 * 86_400_000;
    const buckets = [`d${Math.floor(old / 86_400_000)}`, `h${Math.floor(old / 3_600_000)}`];
    expect(await store.run(readWindows, ['counter:{c}:windows'], buckets)).toEqual([0, 0]);
    expect((await counters.windows('c', 'day')).map(({ value }) => value)).toEqual([
      ...Array.from({ length: 30 }, () => 1),
      0,
    ]);
    expect(await counters.read('c')).toBe(40);
  });

  it.each([
    ['minute', 61],
    ['hour', 49],
    ['day', 32],
    ['day', 0],
  ] as const)('refuses windows beyond what is kept: %s %i', async (unit, count) => {
    const counters = await start();
    await expect(counters.windows('c', unit, count)).rejects.toMatchObject({
      code: 'invalid',
      field: 'last',
    });
  });

  it('refuses an amount that its window could not carry, and counts nothing', async () => {
    const counters = await start();
    await counters.increment('c', Number.MIN_SAFE_INTEGER);
    await counters.increment('c', Number.MAX_SAFE_INTEGER);
    await counters.increment('d', Number.MAX_SAFE_INTEGER);
    await expect(counters.increment('d', Number.MAX_SAFE_INTEGER)).rejects.toMatchObject({
      code: 'out_of_range',
    });
    expect((await counters.windows('d', 'day', 1))[0]?.value).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each(['', 'a b', 'x'.repeat(65), '*', 'a{b}', '-a', 'ä', 'a\n'])('refuses the name %j', async (name) => {
    const counters = await start();
    await expect(counters.increment(name)).rejects.toMatchObject({
      code: 'invalid',
      field: 'name',
      rule: 'pattern',
    });
    await expect(counters.read(name)).rejects.toMatchObject({
      code: 'invalid',
      field: 'name',
      rule: 'pattern',
    });
  });

  it('refuses amounts that are no integers, and sums nobody could read', async () => {
    const counters = await start();
    await expect(counters.increment('c', 0.5)).rejects.toMatchObject({ code: 'invalid', field: 'by' });
    await counters.increment('c', Number.MAX_SAFE_INTEGER);
    await expect(counters.increment('c')).rejects.toMatchObject({ code: 'out_of_range' });
  });
});
