import {
  systemClock,
  systemRng,
  untilNextBeatMs,
  type Clock,
  type Rng,
  type Timer,
} from '@hanok/service-kit';
import { CacheError } from '../errors.ts';
import { BoardReader } from '../leaderboards/board-reader.ts';
import { keysOf } from '../leaderboards/leaderboards.ts';
import { checkInteger, checkName } from '../names.ts';
import { handOverKeyOf, pendingKeyOf, prizesKey } from '../seasons/season-keys.ts';
import { listSchedules, putSchedule } from '../seasons/season-operations.ts';
import type { CacheStore } from '../store/cache-store.ts';
import { stringGet } from '../strings/string-operations.ts';
import { PrizesRejectedError, type HandOver, type PrizeBatch, type PrizePayer } from './hand-over.ts';
import { advanceHandOver, finishHandOver, forgetPrizes, pendingHandOvers } from './prize-operations.ts';
import { checkPrizes, prizeRanges, type Prize } from './prize.ts';

export interface SeasonPrizesOptions {
  readonly clock?: Clock;
  readonly rng?: Rng;
  /** How long the board of a season is kept after its prizes are handed over. Default 90 days. */
  readonly keepMs?: number;
  /** Longest pause after attempts to hand over that failed; the first lasts a second at most. Default 60,000. */
  readonly maxRetryMs?: number;
}

/** A running {@link SeasonPrizes.run}. */
export interface PrizeRunner {
  close(): void;
}

/** What a step of a hand-over did: it wrote something down, a batch is settled, or nothing was left to do. */
type Step = 'noted' | 'settled' | 'done';

const maxTables = 1_000;
/** Between looks for seasons whose prizes are due. */
const lookEveryMs = 1_000;
/** The same while no board has prizes. */
const quietLookEveryMs = 5_000;
/**
 * Ranks in a batch. Part of what makes an idempotency key mean the same in every process: a version that changes it
 * must not run while hand-overs of another are under way.
 */
const batchRanks = 100;
/** An attempt whose answer was lost is looked up in the books after this long: receivers forget keys, at the earliest after 60 s. */
const doubtAfterMs = 30_000;

/**
 * Prizes of seasons. When a season ends, its board and the table of prizes as it is then are put aside in one step
 * with the beginning of the next season. From then on any number of processes may hand the prizes over: each batch
 * is sent under a key that is the same for all of them, how far it came is kept beside the board, and an attempt whose
 * answer was lost for long is looked up in the receiver's books before it is sent again. So every player is paid
 * once, whichever process dies when, and however long the receiver is away. The board is kept until that is done.
 */
export class SeasonPrizes {
  readonly #store: CacheStore;
  readonly #clock: Clock;
  readonly #rng: Rng;
  readonly #keepMs: number;
  readonly #firstRetryMs: number;
  readonly #maxRetryMs: number;

  constructor(
    store: CacheStore,
    {
      clock = systemClock,
      rng = systemRng,
      keepMs = 7_776_000_000,
      maxRetryMs = 60_000,
    }: SeasonPrizesOptions = {},
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#rng = rng;
    this.#keepMs = checkInteger('keepMs', keepMs, 1);
    this.#maxRetryMs = checkInteger('maxRetryMs', maxRetryMs, 1);
    this.#firstRetryMs = Math.min(1_000, this.#maxRetryMs);
  }

  /**
   * Gives the seasons of a board prizes, from the one under way on.
   *
   * @throws CacheError `invalid` for a bad table, `conflict` for the 1,001st board with one.
   */
  async set(name: string, prizes: readonly Prize[]): Promise<void> {
    checkName('name', name);
    checkPrizes(prizes);
    const tables = await this.#tables();
    if (tables.size >= maxTables && !tables.has(name)) {
      throw new CacheError('conflict', `at most ${maxTables} boards have prizes`, {
        field: 'name',
        rule: 'maxItems',
      });
    }
    await this.#store.run(putSchedule, [prizesKey], [name, JSON.stringify(prizes)]);
  }

  /** The table of a board; empty when its seasons have no prizes. */
  async of(name: string): Promise<readonly Prize[]> {
    return JSON.parse((await this.#tables()).get(checkName('name', name)) ?? '[]') as Prize[];
  }

  /** No prizes for the season under way and those to come; those of past ones are still handed over. */
  async clear(name: string): Promise<void> {
    checkName('name', name);
    if ((await this.#tables()).has(name)) await this.#store.run(putSchedule, [prizesKey], [name, '[]']);
  }

  /** How far the prizes of a past season are; undefined when it had none, or is no longer kept. */
  async handOver(name: string, seasonStartMs: number): Promise<HandOver | undefined> {
    const season = String(checkInteger('season', seasonStartMs, 0));
    const held = await this.#store.run(stringGet, [handOverKeyOf(name, season)], []);
    return held === undefined ? undefined : (JSON.parse(held) as HandOver);
  }

  /**
   * Hands over the prizes of one board that are due.
   *
   * @throws what the payer throws, and CacheError; what was handed over stays so.
   */
  async handOverWhatIsDue(name: string, payer: PrizePayer): Promise<void> {
    await this.#handOver(name, payer, () => undefined);
  }

  /**
   * Looks each second for prizes that are due, and each five seconds while no board has any, until it is closed. `onError`
   * hears of what failed and is tried again.
   */
  run(payer: PrizePayer, onError: (error: unknown, board: string | undefined) => void): PrizeRunner {
    const waits = new Map<string, { readonly untilMs: number; readonly delayMs: number }>();
    let timer: Timer | undefined;
    let isClosed = false;
    const handOver = async (name: string): Promise<void> => {
      const wait = waits.get(name);
      if (wait !== undefined && this.#clock.monotonicMs() < wait.untilMs) return;
      let delayMs = wait === undefined ? this.#firstRetryMs : Math.min(this.#maxRetryMs, wait.delayMs * 2);
      try {
        await this.#handOver(name, payer, () => (delayMs = this.#firstRetryMs));
        waits.delete(name);
      } catch (error) {
        const untilMs = this.#clock.monotonicMs() + delayMs * (0.5 + this.#rng.next() / 2);
        waits.set(name, { untilMs, delayMs });
        onError(error, name);
      }
    };
    const look = async (): Promise<void> => {
      let everyMs = lookEveryMs;
      try {
        const tables = await this.#tables();
        if (tables.size === 0) everyMs = quietLookEveryMs;
        for (const [name, table] of tables) {
          if (isClosed) return;
          await handOver(name);
          if (table === '[]' && !waits.has(name)) await this.#store.run(forgetPrizes, [prizesKey], [name]);
        }
      } catch (error) {
        onError(error, undefined);
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

  #tables(): Promise<ReadonlyMap<string, string>> {
    return this.#store.run(listSchedules, [prizesKey], []);
  }

  /** `onSettled` is called after each batch. */
  async #handOver(name: string, payer: PrizePayer, onSettled: () => void): Promise<void> {
    for (const season of await this.#store.run(pendingHandOvers, [pendingKeyOf(name)], [])) {
      let step: Step;
      do {
        step = await this.#takeStep(name, season, payer);
        if (step === 'settled') onSettled();
      } while (step !== 'done');
    }
  }

  async #takeStep(name: string, season: string, payer: PrizePayer): Promise<Step> {
    const key = handOverKeyOf(name, season);
    const held = await this.#store.run(stringGet, [key], []);
    if (held === undefined) return 'done';
    const handOver = JSON.parse(held) as HandOver;
    if (handOver.status === 'done') return 'done';
    const found = await this.#nextBatch(name, season, handOver);
    if (found === undefined) {
      const done = JSON.stringify({ ...handOver, status: 'done' });
      const keys = [key, pendingKeyOf(name), ...keysOf(name, season)] as const;
      // Another process may have been faster, which is as good.
      await this.#store.run(finishHandOver, keys, [held, done, season, this.#keepMs]);
      return 'done';
    }
    const { batch, toRank } = found;
    const { attemptedAtMs, ...rest } = handOver;
    const become = (next: HandOver): Promise<boolean> =>
      this.#store.run(advanceHandOver, [key], [held, JSON.stringify(next)]);
    const settle = ({ paid, refused }: { paid: number; refused: number }): Promise<boolean> =>
      become({
        ...rest,
        handedToRank: toRank,
        paid: rest.paid + paid,
        refused: rest.refused + refused,
        rejections: 0,
      });

    const nowMs = Math.floor(this.#clock.now());
    if (attemptedAtMs === undefined) {
      await become({ ...rest, attemptedAtMs: nowMs });
      return 'noted';
    }
    if (nowMs - attemptedAtMs > doubtAfterMs) {
      const earlier = await payer.outcomeOf(batch);
      await (earlier === undefined ? become({ ...rest, attemptedAtMs: nowMs }) : settle(earlier));
      return 'noted';
    }
    try {
      await settle(await payer.pay(batch));
    } catch (error) {
      if (error instanceof PrizesRejectedError) await become({ ...rest, rejections: rest.rejections + 1 });
      throw error;
    }
    return 'settled';
  }

  /** The next players who get the same prize; undefined when all have got theirs. */
  async #nextBatch(
    name: string,
    season: string,
    { prizes, handedToRank, rejections }: HandOver,
  ): Promise<{ batch: PrizeBatch; toRank: number } | undefined> {
    const fromRank = handedToRank + 1;
    const board = new BoardReader(this.#store, keysOf(name, season));
    const { total, rows } = await board.page({ fromRank, limit: batchRanks });
    const range = prizeRanges(prizes, total).find((other) => other.toRank >= fromRank);
    if (range === undefined || rows.length === 0) return undefined;
    const toRank = Math.min(range.toRank, handedToRank + rows.length);
    const reference = `season:${name}:${season}`;
    return {
      toRank,
      batch: {
        idempotencyKey: `${reference}:${fromRank}-${toRank}:${rejections}`,
        reference,
        board: name,
        seasonStartMs: Number(season),
        currency: range.currency,
        amount: range.amount,
        playerIds: rows.slice(0, toRank - handedToRank).map(({ playerId }) => playerId),
      },
    };
  }
}
