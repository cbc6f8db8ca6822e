import { seededRng, SimulatedClock } from '@hanok/testkit';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createCache, MemoryStore } from '../../src/index.ts';
import { Ledger } from './ledger.ts';

const dayMs = 86_400_000;

/** When prizes were tried to be paid while their receiver was away for so long, seconds after the first time. */
async function attemptsIn(seconds: number, prizes: { maxRetryMs?: number }): Promise<readonly number[]> {
  const clock = new SimulatedClock({ startMs: Date.UTC(2026, 4, 4) });
  const cache = createCache(new MemoryStore({ clock }), { clock, rng: seededRng(1), prizes });
  await cache.seasons.schedule('daily', { cron: '0 0 * * *' });
  await cache.seasonPrizes.set('daily', [{ toRank: 1, currency: 'gold', amount: 1 }]);
  await cache.leaderboards.submit('daily', '1', 1);
  await clock.advance(dayMs);
  await cache.seasons.turnWhatIsDue();
  const ledger = new Ledger(seededRng(1));
  ledger.isAway = true;
  const attempts: number[] = [];
  const startMs = clock.now();
  const runner = cache.seasonPrizes.run(ledger, () => attempts.push((clock.now() - startMs) / 1_000));
  for (let second = 0; second < seconds; second += 1) {
    await nextTurn();
    await clock.advance(1_000);
  }
  runner.close();
  await cache.close();
  return attempts;
}

it('are less and less often, but each minute', async () => {
  const attempts = await attemptsIn(600, {});
  const pauses = attempts.slice(1).map((at, i) => at - (attempts[i] ?? 0));
  expect(attempts[0]).toBe(0);
  expect(Math.max(...pauses.slice(0, 2))).toBeLessThanOrEqual(4);
  expect(Math.min(...pauses.slice(-3))).toBeGreaterThanOrEqual(30);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(61);
});

it('are as often as maxRetryMs says', async () => {
  const attempts = await attemptsIn(60, { maxRetryMs: 1_000 });
  expect(attempts.slice(0, 60)).toEqual(Array.from({ length: 60 }, (_, second) => second));
});
