import { CacheError } from '../errors.ts';
import { checkInteger } from '../names.ts';

/**
 * What players get when a season ends. A table of prizes is read from its top: each player gets the first that
 * reaches down to his rank, and no other.
 */
export interface Prize {
  /** Reaches down to this rank, 1 to 1,000,000. Give this or `toPercent`. */
  readonly toRank?: number;
  /** Reaches down to this share of the board, above 0 to 100, rounded up to whole players. */
  readonly toPercent?: number;
  /** A currency of player-service, such as `gold`. */
  readonly currency: string;
  /** For each player, from 1. */
  readonly amount: number;
}

/** A prize with the ranks of one board that get it. */
export interface PrizeRange {
  readonly fromRank: number;
  readonly toRank: number;
  readonly currency: string;
  readonly amount: number;
}

/** Most prizes in a table. */
export const maxPrizes = 100;
/** Lowest rank that can get a prize. */
export const lowestPrizeRank = 1_000_000;
/** The form of a currency's name. */
export const currencyPattern = '^[a-z][a-z0-9_]{0,30}$';

const currencyRule = new RegExp(currencyPattern);

/** @throws CacheError `invalid` naming the prize and the rule it breaks. */
export function checkPrizes(prizes: readonly Prize[]): readonly Prize[] {
  checkInteger('prizes', prizes.length, 1, maxPrizes);
  for (const [index, { toRank, toPercent, currency, amount }] of prizes.entries()) {
    const field = `prizes.${index}`;
    if ((toRank === undefined) === (toPercent === undefined)) {
      throw new CacheError('invalid', `${field} must have toRank or toPercent, and not both`, {
        field,
        rule: 'exclusive',
      });
    }
    if (toRank !== undefined) checkInteger(`${field}.toRank`, toRank, 1, lowestPrizeRank);
    if (toPercent !== undefined && !(toPercent > 0 && toPercent <= 100)) {
      throw new CacheError('invalid', `${field}.toPercent must be above 0 and at most 100`, {
        field: `${field}.toPercent`,
        rule: toPercent > 100 ? 'maximum' : 'exclusiveMinimum',
      });
    }
    if (!currencyRule.test(currency)) {
      throw new CacheError('invalid', `${field}.currency must match ${currencyPattern}`, {
        field: `${field}.currency`,
        rule: 'pattern',
      });
    }
    checkInteger(`${field}.amount`, amount, 1);
  }
  return prizes;
}

/** Which ranks of a board with `total` players get what, from the top and without gaps. */
export function prizeRanges(prizes: readonly Prize[], total: number): readonly PrizeRange[] {
  const ranges: PrizeRange[] = [];
  let next = 1;
  for (const { toRank, toPercent = 0, currency, amount } of prizes) {
    // 0.1% of 3,000 is 3, and not the 4 that rounding up 3.0000000000000004 would make of it.
    const reaches = toRank ?? Math.ceil((total * toPercent) / 100 - 1e-9);
    const last = Math.min(reaches, total, lowestPrizeRank);
    if (last < next) continue;
    ranges.push({ fromRank: next, toRank: last, currency, amount });
    next = last + 1;
  }
  return ranges;
}
