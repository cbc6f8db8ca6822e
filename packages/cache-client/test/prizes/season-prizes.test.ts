import { eventually, seededRng, SimulatedClock } from '@hanok/testkit';
import { expect, it } from 'vitest';
import { SeasonPrizes, type Cache } from '../../src/index.ts';
import { describeOnEveryEngine } from '../support/engines.ts';
import { Ledger } from './ledger.ts';

const dayMs = 86_400_000;
const midnight = Date.UTC(2026, 4, 4);
const daily = { cron: '0 0 * * *' };
const table = [
  { toRank: 1, currency: 'gold', amount: 1_000 },
  { toPercent: 50, currency: 'gold', amount: 10 },
];
const players = 250;
/** Player n has the n-th best score. */
const expected = Object.fromEntries(
  Array.from({ length: players / 2 }, (_, i) => [String(i + 1), i === 0 ? 1_000 : 10]),
);

describeOnEveryEngine('Prizes of seasons', (open) => {
  /** A board whose season has ended with prizes to hand over. */
  async function endedSeason() {
    const clock = new SimulatedClock({ startMs: midnight - dayMs });
    const cache = await open({ clock });
    await cache.seasons.schedule('weekly', daily);
    await cache.seasonPrizes.set('weekly', table);
    const scores = Array.from({ length: players }, (_, i) => ({ playerId: String(i + 1), score: -i }));
    await cache.leaderboards.submitMany('weekly', scores);
    await clock.advance(dayMs);
    expect(await cache.seasons.turnWhatIsDue()).toEqual(['weekly']);
    return { clock, cache, season: midnight - dayMs };
  }

  const statusOf = async ({ seasonPrizes }: Cache, season: number) => {
    const { status, handedToRank, paid, refused } = (await seasonPrizes.handOver('weekly', season)) ?? {};
    return { status, handedToRank, paid, refused };
  };

  it('are handed over once, to those who were on the board when it ended', async () => {
    const { cache, season } = await endedSeason();
    expect(await statusOf(cache, season)).toEqual({
      status: 'pending',
      handedToRank: 0,
      paid: 0,
      refused: 0,
    });
    await cache.leaderboards.submit('weekly', 'latecomer', 1_000_000);
    const ledger = new Ledger(seededRng(1));
    ledger.deleted.add('7');
    await cache.seasonPrizes.handOverWhatIsDue('weekly', ledger);
    const { 7: _deleted, ...others } = expected;
    expect(ledger.amounts).toEqual(others);
    expect(ledger.entries).toHaveLength(124);
    expect(new Set(ledger.entries.map(({ reference }) => reference))).toEqual(
      new Set([`season:weekly:${season}`]),
    );
    expect(await statusOf(cache, season)).toEqual({
      status: 'done',
      handedToRank: 125,
      paid: 124,
      refused: 1,
    });
    await cache.seasonPrizes.handOverWhatIsDue('weekly', ledger);
    expect(ledger.entries).toHaveLength(124);
  });

  it.each([1, 2, 3])(
    'are paid once by several processes that lose requests and answers (seed %i)',
    async (seed) => {
      const { cache, clock } = await endedSeason();
      const rng = seededRng(seed);
      const ledger = new Ledger(rng, 0.4);
      const processes = Array.from({ length: 3 }, () => new SeasonPrizes(cache.store, { clock, rng }));
      for (let round = 0; round < 60; round += 1) {
        // Answers that were lost for longer than keys are remembered are found in the books.
        if (rng.next() < 0.3) {
          await clock.advance(40_000);
          ledger.forgetKeys();
        }
        await Promise.allSettled(processes.map((each) => each.handOverWhatIsDue('weekly', ledger)));
      }
      expect(ledger.amounts).toEqual(expected);
      expect(ledger.entries).toHaveLength(players / 2);
      expect(ledger.lookUps).toBeGreaterThan(0);
      expect(await statusOf(cache, midnight - dayMs)).toMatchObject({ status: 'done', paid: 125 });
    },
  );

  it('wait for a receiver that is away or takes no such currency, and keep the board for it', async () => {
    const { cache, clock, season } = await endedSeason();
    const ledger = new Ledger(seededRng(1));
    ledger.isAway = true;
    const errors: unknown[] = [];
    let runner = cache.seasonPrizes.run(ledger, (error) => errors.push(error));
    const after = (ms: number, check: () => Promise<void> | void) =>
      eventually(async () => {
        await clock.advance(ms);
        await check();
      });
    await after(30_000, () => expect(errors.length).toBeGreaterThan(2));
    runner.close();
    await clock.advance(100 * dayMs);
    expect((await cache.seasons.board('weekly', season).page()).total).toBe(players);
    ledger.isAway = false;
    ledger.takesCurrency = false;
    runner = cache.seasonPrizes.run(ledger, (error) => errors.push(error));
    await after(30_000, async () =>
      expect((await cache.seasonPrizes.handOver('weekly', season))?.rejections).toBeGreaterThan(1),
    );
    expect(ledger.entries).toEqual([]);
    ledger.takesCurrency = true;
    await after(30_000, async () => expect((await statusOf(cache, season)).status).toBe('done'));
    runner.close();
    expect(ledger.amounts).toEqual(expected);
  });

  it('are what the table said when the season ended, and none without one', async () => {
    const { cache, clock, season } = await endedSeason();
    await cache.seasonPrizes.clear('weekly');
    expect(await cache.seasonPrizes.of('weekly')).toEqual([]);
    await cache.leaderboards.submit('weekly', '1', 1);
    await clock.advance(dayMs);
    await cache.seasons.turnWhatIsDue();
    expect(await cache.seasonPrizes.handOver('weekly', midnight)).toBeUndefined();
    const ledger = new Ledger(seededRng(1));
    await cache.seasonPrizes.handOverWhatIsDue('weekly', ledger);
    expect(ledger.amounts).toEqual(expected);
    expect(await statusOf(cache, season)).toMatchObject({ status: 'done' });
  });
});
