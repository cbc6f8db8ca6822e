import type { Prize } from './prize.ts';

/** How far the prizes of one finished season have been handed over. */
export interface HandOver {
  readonly status: 'pending' | 'done';
  /** The table as it was when the season ended. */
  readonly prizes: readonly Prize[];
  /** Everyone down to this rank has been dealt with. */
  readonly handedToRank: number;
  readonly paid: number;
  /** Players who could not be paid, such as deleted ones. */
  readonly refused: number;
  /** When the ranks after `handedToRank` were first sent, ms since the epoch; absent before. */
  readonly attemptedAtMs?: number;
  /** How often those ranks were refused as a whole, and nobody paid. */
  readonly rejections: number;
}

/** What a season begins its hand-over with when it ends. */
export function newHandOver(prizes: readonly Prize[]): HandOver {
  return { status: 'pending', prizes, handedToRank: 0, paid: 0, refused: 0, rejections: 0 };
}

/** Players who get the same, by their ranks on the board of a finished season. */
export interface PrizeBatch {
  /**
   * The same whenever these prizes are sent, by whichever process: the receiver pays one batch for it. It changes
   * only after the receiver said that it paid nobody.
   */
  readonly idempotencyKey: string;
  /** The same for all prizes of the season, of which a player gets one. */
  readonly reference: string;
  readonly board: string;
  readonly seasonStartMs: number;
  readonly currency: string;
  /** For each player. */
  readonly amount: number;
  /** 1 to 100. */
  readonly playerIds: readonly string[];
}

/** What became of a batch. */
export interface PrizeOutcome {
  readonly paid: number;
  readonly refused: number;
}

/** Whoever keeps the players' balances. */
export interface PrizePayer {
  /**
   * Pays everybody in the batch, or finds that it was done before under the same key. Players who cannot be paid
   * are counted as refused.
   *
   * @throws PrizesRejectedError when nobody was paid and nothing is remembered that would stand in the way.
   * @throws Error when it is not known whether they were paid.
   */
  pay(batch: PrizeBatch): Promise<PrizeOutcome>;
  /** What an earlier attempt did, by the books; undefined when it paid nobody. */
  outcomeOf(batch: PrizeBatch): Promise<PrizeOutcome | undefined>;
}

/** A batch was refused as a whole, for a reason that somebody has to mend, such as an unknown currency. */
export class PrizesRejectedError extends Error {
  override readonly name = 'PrizesRejectedError';
  readonly code = 'PRIZES_REJECTED';
  readonly retryable = true;
}
