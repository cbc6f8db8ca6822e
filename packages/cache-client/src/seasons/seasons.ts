import { systemClock, untilNextBeatMs, type Clock, type Timer } from '@hanok/service-kit';
import { CacheError } from '../errors.ts';
import { BoardReader } from '../leaderboards/board-reader.ts';
import { keysOf } from '../leaderboards/leaderboards.ts';
import { checkInteger, checkName } from '../names.ts';
import { newHandOver } from '../prizes/hand-over.ts';
import type { Prize } from '../prizes/prize.ts';
import type { CacheStore } from '../store/cache-store.ts';
import { lastTurnBy, parseSchedule, turnAfter, type SeasonSchedule } from './schedule.ts';
import {
  handOverKeyOf,
  pastKeyOf,
  pendingKeyOf,
  prizesKey,
  schedulesKey,
  seasonKeyOf,
} from './season-keys.ts';
import { listSchedules, putSchedule, readSeasons, removeSchedule, turnSeason } from './season-operations.ts';

export interface SeasonsOptions {
  readonly clock?: Clock;
  /** How long the board of a past season is kept. Default 90 days. */
  readonly keepMs?: number;
}

/** A season that is over, or under way. */
export interface Season {
  /** When it began, ms since the epoch; also what it is called. */
  readonly startMs: number;
  /** When it ended, or ends; undefined when the schedule never turns again. */
  readonly endMs: number | undefined;
}

/** A running {@link Seasons.run}. */
export interface SeasonRunner {
  close(): void;
}

const maxSchedules = 1_000;
const maxPast = 100;
/** Between looks for seasons that are over. */
const lookEveryMs = 1_000;
/** The same while no board has seasons. */
const quietLookEveryMs = 5_000;

/**
 * Seasons of leaderboards: at each turn of a schedule the board is put aside whole, and the next season begins
 * with an empty board of the same definition. It is one atomic step that any number of processes may try; one
 * does it. What was missed while nobody ran is made good at once, as one turn.
 */
export class Seasons {
  readonly #store: CacheStore;
  readonly #clock: Clock;
  readonly #keepMs: number;

  constructor(store: CacheStore, { clock = systemClock, keepMs = 7_776_000_000 }: SeasonsOptions = {}) {
    this.#store = store;
    this.#clock = clock;
    this.#keepMs = checkInteger('keepMs', keepMs, 1);
  }

  /**
   * Gives a board seasons, or changes when they turn. The first begins now, with what is on the board.
   *
   * @throws CacheError `invalid` for a bad schedule, `conflict` for the 1,001st board with one.
   */
  async schedule(name: string, schedule: SeasonSchedule): Promise<void> {
    checkName('name', name);
    parseSchedule(schedule);
    const schedules = await this.#schedules();
    if (schedules.size >= maxSchedules && !schedules.has(name)) {
      throw new CacheError('conflict', `at most ${maxSchedules} boards have seasons`, {
        field: 'name',
        rule: 'maxItems',
      });
    }
    const { cron, timeZone = 'UTC' } = schedule;
    await this.#store.run(putSchedule, [schedulesKey], [name, JSON.stringify({ cron, timeZone })]);
    await this.#turn(name, '', this.#clock.now());
  }

  /** The season under way goes on without an end; past ones stay as long as they would. True when there was a schedule. */
  async unschedule(name: string): Promise<boolean> {
    return this.#store.run(removeSchedule, [schedulesKey], [checkName('name', name)]);
  }

  /** The schedule of a board, or undefined. */
  async scheduleOf(name: string): Promise<Required<SeasonSchedule> | undefined> {
    const found = (await this.#schedules()).get(checkName('name', name));
    return found === undefined ? undefined : (JSON.parse(found) as Required<SeasonSchedule>);
  }

  /** The season under way, undefined for a board without seasons, and up to 100 past ones, newest first. */
  async list(name: string): Promise<{ current: Season | undefined; past: readonly Season[] }> {
    const [{ current, past }, schedule] = await Promise.all([
      this.#store.run(readSeasons, [seasonKeyOf(name), pastKeyOf(name)], []),
      this.scheduleOf(name),
    ]);
    return {
      current:
        current === undefined
          ? undefined
          : {
              startMs: Number(current),
              endMs:
                schedule === undefined ? undefined : turnAfter(parseSchedule(schedule), this.#clock.now()),
            },
      past: past.map(([start, end]) => ({ startMs: Number(start), endMs: Number(end) })),
    };
  }

  /** The board of a past season; empty when it is no longer kept. */
  board(name: string, startMs: number): BoardReader {
    return new BoardReader(this.#store, keysOf(name, String(checkInteger('season', startMs, 0))));
  }

  /** Ends the seasons that are over. Resolves to the boards that turned. */
  async turnWhatIsDue(): Promise<readonly string[]> {
    return this.#turnDueOf(await this.#schedules());
  }

  async #turnDueOf(schedules: ReadonlyMap<string, string>): Promise<readonly string[]> {
    const turned: string[] = [];
    const tables = schedules.size === 0 ? undefined : await this.#store.run(listSchedules, [prizesKey], []);
    for (const [name, text] of schedules) {
      const { current } = await this.#store.run(readSeasons, [seasonKeyOf(name), pastKeyOf(name)], []);
      const turn = lastTurnBy(parseSchedule(JSON.parse(text) as SeasonSchedule), this.#clock.now());
      if (current === undefined || turn === undefined || turn <= Number(current)) continue;
      if (await this.#turn(name, current, turn, tables?.get(name))) turned.push(name);
    }
    return turned;
  }

  /**
   * Looks each second for seasons that are over, until it is closed: each five seconds while no board has any. `onError`
   * hears of failures, which are made good later.
   */
  run(onError: (error: unknown) => void): SeasonRunner {
    let timer: Timer | undefined;
    let isClosed = false;
    const look = async (): Promise<void> => {
      let everyMs = lookEveryMs;
      try {
        const schedules = await this.#schedules();
        if (schedules.size === 0) everyMs = quietLookEveryMs;
        await this.#turnDueOf(schedules);
      } catch (error) {
        onError(error);
      }
      if (!isClosed) timer = this.#clock.setTimer(untilNextBeatMs(this.#clock, everyMs), () => void look());
    };
    void look();
    return {
      close: () => {
        isClosed = true;
        timer?.cancel();
      },
    };
  }

  #schedules(): Promise<ReadonlyMap<string, string>> {
    return this.#store.run(listSchedules, [schedulesKey], []);
  }

  #turn(name: string, expected: string, startMs: number, prizesText = '[]'): Promise<boolean> {
    const prizes = JSON.parse(prizesText) as Prize[];
    const handOver = prizes.length === 0 ? '' : JSON.stringify(newHandOver(prizes));
    const keys = [
      ...keysOf(name),
      ...keysOf(name, expected),
      seasonKeyOf(name),
      pastKeyOf(name),
      handOverKeyOf(name, expected),
      pendingKeyOf(name),
    ] as const;
    const args = [expected, Math.floor(startMs), this.#keepMs, maxPast, handOver];
    return this.#store.run(turnSeason, keys, args);
  }
}
