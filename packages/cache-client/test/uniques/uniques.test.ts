import { SimulatedClock } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { HyperLogLog } from '../../src/uniques/hyper-log-log.ts';
import { describeOnEveryEngine } from '../support/engines.ts';

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `p${from + i}`);
}

describeOnEveryEngine('Uniques', (open) => {
  it('count each member once, over all time and over days', async () => {
    const clock = new SimulatedClock();
    const { uniques } = await open({ clock });
    expect(await uniques.add('players', ['1', '2', '2'])).toBe(true);
    expect(await uniques.add('players', ['2'])).toBe(false);
    await clock.advance(86_400_000);
    expect(await uniques.add('players', ['2', '3'])).toBe(true);
    expect(await uniques.count('players')).toBe(3);
    expect(await uniques.countDays('players', 1)).toBe(2);
    expect(await uniques.countDays('players', 2)).toBe(3);
    await clock.advance(86_400_000);
    expect(await uniques.countDays('players', 1)).toBe(0);
    expect(await uniques.reset('players')).toBe(true);
    expect(await uniques.count('players')).toBe(0);
    expect(await uniques.reset('players')).toBe(false);
  });

  it('estimate large counts within 3%', async () => {
    const { uniques } = await open();
    for (let from = 0; from < 20_000; from += 1_000) await uniques.add('many', range(from, from + 1_000));
    for (let from = 10_000; from < 20_000; from += 1_000)
      await uniques.add('many', range(from, from + 1_000));
    expect(Math.abs((await uniques.count('many')) - 20_000)).toBeLessThan(600);
  });

  it.each([
    ['no member', [], 'members'],
    ['too many members', range(0, 1_001), 'members'],
    ['a member of 257 characters', ['x'.repeat(257)], 'members'],
  ])('refuse %s', async (_, members, field) => {
    const { uniques } = await open();
    await expect(uniques.add('players', members)).rejects.toMatchObject({ code: 'invalid', field });
    await expect(uniques.countDays('players', 32)).rejects.toMatchObject({ field: 'days' });
  });
});

it('a sketch merges and survives being written down, small and large', () => {
  for (const size of [10, 5_000]) {
    const [left, right] = [new HyperLogLog(), new HyperLogLog()];
    for (const member of range(0, size)) left.add(member);
    for (const member of range(size / 2, size * 2)) right.add(member);
    const union = HyperLogLog.fromJson(left.toJson());
    expect(union.count()).toBe(left.count());
    union.merge(right);
    expect(Math.abs(union.count() - size * 2)).toBeLessThanOrEqual(size * 2 * 0.03);
  }
});
