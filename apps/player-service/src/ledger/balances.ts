import { CheckViolation, increment, NotFound, type Session, type Transaction } from '@hanok/repository';
import { DomainError } from '../domain/errors.ts';
import { lockPlayer, playerNotFound } from '../players/player-row.ts';
import { balances, players } from '../storage/entities.ts';
import { GOLD, type Currencies, type CurrencyRules } from './currencies.ts';

/**
 * Changes one balance by an amount and gives the new one. The caller records it.
 *
 * @throws DomainError `player_not_found`, `insufficient_funds`, `balance_limit`.
 */
export function changeBalance(
  tx: Transaction,
  playerId: number,
  currency: CurrencyRules,
  amount: number,
): Promise<number> {
  return currency.name === GOLD
    ? changeGold(tx, playerId, amount)
    : changeOther(tx, playerId, currency, amount);
}

/** The database itself refuses a negative or inexact balance of gold. */
async function changeGold(tx: Transaction, playerId: number, amount: number): Promise<number> {
  try {
    const row = await tx.repository(players).update(playerId, { gold: increment(amount) });
    if (row.deletedAt !== null) throw playerNotFound(playerId);
    return row.gold;
  } catch (error) {
    if (error instanceof NotFound) throw playerNotFound(playerId, error);
    if (!(error instanceof CheckViolation)) throw error;
    throw outOfBounds(playerId, GOLD, amount, error);
  }
}

/** The player's row is locked, so that nobody else makes or changes its balances meanwhile. */
async function changeOther(
  tx: Transaction,
  playerId: number,
  { name: currency, maxBalance, mayBeNegative }: CurrencyRules,
  amount: number,
): Promise<number> {
  await lockPlayer(tx, playerId);
  const repository = tx.repository(balances);
  const row =
    (await repository.findOne({ playerId, currency })) ??
    (await repository.insert({ playerId, currency, balance: 0 }));
  const balance = row.balance + amount;
  const isTooLow = amount < 0 && balance < (mayBeNegative ? Number.MIN_SAFE_INTEGER : 0);
  if (isTooLow || (amount > 0 && balance > maxBalance)) throw outOfBounds(playerId, currency, amount);
  await repository.update(row.id, { balance });
  return balance;
}

function outOfBounds(playerId: number, currency: string, amount: number, cause?: unknown): DomainError {
  return amount < 0
    ? new DomainError('insufficient_funds', `Player ${playerId} has less than ${-amount} ${currency}`, {
        cause,
      })
    : new DomainError('balance_limit', `Player ${playerId} cannot hold ${amount} more ${currency}`, {
        cause,
      });
}

/** Every balance of a player, of all declared currencies. @throws DomainError `player_not_found`. */
export async function listBalances(
  session: Session,
  playerId: number,
  currencies: Currencies,
): Promise<{ currency: string; balance: number }[]> {
  const player = await session.repository(players).findById(playerId);
  if (player === undefined || player.deletedAt !== null) throw playerNotFound(playerId);
  const { items } = await session.repository(balances).findMany({ where: { playerId }, limit: 1_000 });
  const held = new Map(items.map(({ currency, balance }) => [currency, balance]));
  held.set(GOLD, player.gold);
  return [...currencies.keys()].map((currency) => ({ currency, balance: held.get(currency) ?? 0 }));
}
