import { array, assert, asyncProperty, constantFrom, integer, option, record } from 'fast-check';
import { SimulatedClock } from '@hanok/testkit';
import { expect, it } from 'vitest';
import type { Row } from '../../src/index.ts';
import { NaiveBoard } from '../leaderboards/naive-board.ts';
import { describeOnEveryEngine } from '../support/engines.ts';
import { naiveTurns, type WallTurn } from './naive-turns.ts';

const hourMs = 3_600_000;
const longestMs = 9 * 24 * hourMs;

/** Each begins a few days before its clocks change. */
const places = [
  { timeZone: 'Europe/Berlin', startMs: Date.UTC(2026, 2, 26) },
  { timeZone: 'Europe/Berlin', startMs: Date.UTC(2026, 9, 22) },
  { timeZone: 'America/New_York', startMs: Date.UTC(2026, 2, 5) },
  { timeZone: 'America/New_York', startMs: Date.UTC(2026, 9, 29) },
  { timeZone: 'Australia/Lord_Howe', startMs: Date.UTC(2026, 3, 1) },
  { timeZone: 'Asia/Seoul', startMs: Date.UTC(2026, 5, 1) },
];

const season = record({
  place: constantFrom(...places),
  // Mostly the hours in which clocks change.
  hour: integer({ min: 0, max: 4 }),
  minute: constantFrom(0, 15, 30),
  weekday: option(integer({ min: 0, max: 6 }), { nil: undefined, freq: 2 }),
});

const step = record({
  waitMinutes: integer({ min: 0, max: 20 * 60 }),
  playerId: integer({ min: 1, max: 4 }).map(String),
  // Few scores, so that ties are common.
  score: integer({ min: 0, max: 3 }),
});

describeOnEveryEngine('Seasons over changes of the clocks', (open) => {
  it('are what the naive model says after any steps', async () => {
    const clock = new SimulatedClock({ startMs: Date.UTC(2026, 0, 1) });
    const { seasons, leaderboards } = await open({ clock });
    let runs = 0;
    await assert(
      asyncProperty(season, array(step, { maxLength: 16 }), async ({ place, ...when }, steps) => {
        const name = `board-${(runs += 1)}`;
        const turn: WallTurn = { ...when, timeZone: place.timeZone };
        // A year later each time, so that the clock need not go back.
        const yearMs = Date.UTC(new Date(clock.now()).getUTCFullYear() + 1, 0) - Date.UTC(2026, 0);
        await clock.advance(place.startMs + yearMs - clock.now());
        let current = clock.now();
        const turns = naiveTurns(turn, current, current + longestMs);
        const cron = `${turn.minute} ${turn.hour} * * ${turn.weekday ?? '*'}`;
        await seasons.schedule(name, { cron, timeZone: turn.timeZone });
        let board = new NaiveBoard('descending', 'best');
        const past: { startMs: number; endMs: number; rows: Row[] }[] = [];
        for (const { waitMinutes, playerId, score } of steps) {
          if (clock.now() + waitMinutes * 60_000 > current + longestMs) break;
          await clock.advance(waitMinutes * 60_000);
          await seasons.turnWhatIsDue();
          const due = turns.findLast((ms) => ms <= clock.now() && ms > current);
          if (due !== undefined) {
            past.unshift({ startMs: current, endMs: due, rows: board.rows() });
            board = new NaiveBoard('descending', 'best');
            current = due;
          }
          board.submit({ playerId, score });
          await leaderboards.submit(name, playerId, score);
        }
        expect(await leaderboards.top(name)).toEqual(board.rows());
        const listed = await seasons.list(name);
        expect(listed.current?.startMs).toBe(current);
        expect(listed.past).toEqual(past.map(({ startMs, endMs }) => ({ startMs, endMs })));
        for (const { startMs, rows } of past) {
          expect((await seasons.board(name, startMs).page()).rows).toEqual(rows);
        }
        await seasons.unschedule(name);
      }),
      { numRuns: Number(process.env['HANOK_SEASON_RUNS'] ?? 12) },
    );
  }, 120_000);
});
