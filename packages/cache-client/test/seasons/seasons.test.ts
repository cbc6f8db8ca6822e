import { SimulatedClock } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { describeOnEveryEngine } from '../support/engines.ts';

const daily = { cron: '0 0 * * *', timeZone: 'Asia/Seoul' };
const dayMs = 86_400_000;
const midnightInSeoul = Date.UTC(2026, 4, 4, 15);

describeOnEveryEngine('Seasons', (open) => {
  it('put the board aside and begin an empty one of the same definition', async () => {
    const clock = new SimulatedClock({ startMs: midnightInSeoul - 1_000 });
    const { seasons, leaderboards } = await open({ clock });
    await leaderboards.define('laps', { order: 'ascending', operator: 'best' });
    await leaderboards.submit('laps', '1', 90);
    await seasons.schedule('laps', daily);
    await leaderboards.submit('laps', '2', 80);
    expect(await seasons.turnWhatIsDue()).toEqual([]);

    await clock.advance(1_000);
    expect(await seasons.turnWhatIsDue()).toEqual(['laps']);
    expect(await seasons.turnWhatIsDue()).toEqual([]);
    expect(await leaderboards.describe('laps')).toEqual({ order: 'ascending', operator: 'best', total: 0 });
    await leaderboards.submit('laps', '3', 100);

    const first = midnightInSeoul - 1_000;
    expect(await seasons.list('laps')).toEqual({
      current: { startMs: midnightInSeoul, endMs: midnightInSeoul + dayMs },
      past: [{ startMs: first, endMs: midnightInSeoul }],
    });
    expect((await seasons.board('laps', first).page()).rows).toEqual([
      { playerId: '2', score: 80, rank: 1 },
      { playerId: '1', score: 90, rank: 2 },
    ]);
    expect(await seasons.board('laps', first).rank('1')).toMatchObject({ rank: 2, total: 2 });
    expect((await leaderboards.page('laps')).rows).toEqual([{ playerId: '3', score: 100, rank: 1 }]);
  });

  it('turn once for all processes, and once for all that was missed', async () => {
    const clock = new SimulatedClock({ startMs: midnightInSeoul - 1_000 });
    const { seasons, leaderboards } = await open({ clock });
    await seasons.schedule('weekly', daily);
    await leaderboards.submit('weekly', '1', 5);
    await clock.advance(3 * dayMs);
    const turned = await Promise.all(Array.from({ length: 8 }, () => seasons.turnWhatIsDue()));
    expect(turned.flat()).toEqual(['weekly']);
    const { current, past } = await seasons.list('weekly');
    expect(current?.startMs).toBe(midnightInSeoul + 2 * dayMs);
    expect(past).toHaveLength(1);
  });

  it('turn on their own while somebody runs them', async () => {
    const clock = new SimulatedClock({ startMs: midnightInSeoul - 1_000 });
    const { seasons, leaderboards } = await open({ clock });
    await seasons.schedule('weekly', daily);
    await leaderboards.submit('weekly', '1', 5);
    const failures: unknown[] = [];
    const runner = seasons.run((error) => failures.push(error));
    await expect
      .poll(async () => (await clock.advance(500), (await leaderboards.describe('weekly')).total), {
        timeout: 10_000,
      })
      .toBe(0);
    runner.close();
    expect(failures).toEqual([]);
  });

  it('stop turning without a schedule, and refuse a bad one', async () => {
    const clock = new SimulatedClock({ startMs: midnightInSeoul });
    const { seasons } = await open({ clock });
    await seasons.schedule('weekly', daily);
    expect(await seasons.scheduleOf('weekly')).toEqual(daily);
    expect(await seasons.unschedule('weekly')).toBe(true);
    expect(await seasons.unschedule('weekly')).toBe(false);
    await clock.advance(2 * dayMs);
    expect(await seasons.turnWhatIsDue()).toEqual([]);
    expect((await seasons.list('weekly')).current?.endMs).toBeUndefined();
    await expect(seasons.schedule('weekly', { cron: 'no' })).rejects.toMatchObject({ field: 'cron' });
    expect(await seasons.list('other')).toEqual({ current: undefined, past: [] });
  });
});
