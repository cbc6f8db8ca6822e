import { expect, it } from 'vitest';
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
