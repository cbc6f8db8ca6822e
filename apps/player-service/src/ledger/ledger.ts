import { CheckViolation, increment, NotFound, type Transaction } from '@hanok/repository';
import { DomainError } from '../domain/errors.ts';
import { ledgerEntries, ledgerTransactions, players, type PlayerRow } from '../storage/entities.ts';
import { playerNotFound } from '../players/player-row.ts';
import type { ChangeEvent } from '../webhooks/event-types.ts';

/** The currency players hold. */
export const GOLD = 'gold';

/** Why money moves. */
export interface Purpose {
  readonly reason: string;
  readonly reference?: string | null | undefined;
  readonly description?: string | null | undefined;
}

/** One player's side of a booking: what it got (or, negative, gave) and its balance after. */
export interface PlayerEntry {
  readonly playerId: number;
  readonly amount: number;
  readonly balanceAfter: number;
}

/** A booking that was written, and what to tell of it. */
export interface Booking {
  readonly transactionId: number;
  readonly events: readonly ChangeEvent[];
}

/** Opens a booking, of a reward if need be, and gives its id; its entries must follow and sum to zero. */
export async function openBooking(tx: Transaction, purpose: Purpose, rewardId?: number): Promise<number> {
  const booking = await tx.repository(ledgerTransactions).insert({
    reason: purpose.reason,
    reference: purpose.reference ?? null,
    description: purpose.description ?? null,
    rewardId: rewardId ?? null,
  });
  return booking.id;
}

/**
 * Writes a booking: one transaction whose entries sum to zero. What the players' sides do not balance among
 * themselves is the bank's side. The balances themselves are the caller's, in the same database transaction.
 */
export async function record(
  tx: Transaction,
  purpose: Purpose,
  entries: readonly PlayerEntry[],
): Promise<Booking> {
  const transactionId = await openBooking(tx, purpose);
  const rows = entries.map((entry) => ({ ...entry, transactionId, currency: GOLD }));
  const given = entries.reduce((sum, entry) => sum + entry.amount, 0);
  const bank =
    given === 0
      ? []
      : [{ transactionId, currency: GOLD, playerId: null, amount: -given, balanceAfter: null }];
  await tx.repository(ledgerEntries).insertMany([...rows, ...bank]);
  return { transactionId, events: entries.map((entry) => balanceEvent(transactionId, purpose, entry)) };
}

function balanceEvent(transactionId: number, purpose: Purpose, entry: PlayerEntry): ChangeEvent {
  return {
    type: 'balance.changed',
    playerId: entry.playerId,
    data: {
      playerId: String(entry.playerId),
      currency: GOLD,
      amount: entry.amount,
      balance: entry.balanceAfter,
      transactionId: String(transactionId),
      reason: purpose.reason,
      reference: purpose.reference ?? null,
    },
  };
}

/**
 * Changes one balance by an amount; the database itself refuses a negative or inexact outcome. The caller
 * records it.
 *
 * @throws DomainError `player_not_found`, `insufficient_funds`, `balance_limit`.
 */
export async function changeBalance(tx: Transaction, playerId: number, amount: number): Promise<PlayerRow> {
  try {
    const row = await tx.repository(players).update(playerId, { gold: increment(amount) });
    if (row.deletedAt !== null) throw playerNotFound(playerId);
    return row;
  } catch (error) {
    if (error instanceof NotFound) throw playerNotFound(playerId, error);
    if (!(error instanceof CheckViolation)) throw error;
    throw amount < 0
      ? new DomainError('insufficient_funds', `Player ${playerId} has less than ${-amount} gold`, {
          cause: error,
        })
      : new DomainError('balance_limit', `Player ${playerId} cannot hold ${amount} more gold`, {
          cause: error,
        });
  }
}

/**
 * Gives gold to a player out of the bank, or takes it back.
 *
 * @throws DomainError `player_not_found`, `insufficient_funds`, `balance_limit`.
 */
export async function adjust(
  tx: Transaction,
  playerId: number,
  amount: number,
  purpose: Purpose,
): Promise<Booking & { readonly balance: number }> {
  const { gold } = await changeBalance(tx, playerId, amount);
  const booking = await record(tx, purpose, [{ playerId, amount, balanceAfter: gold }]);
  return { ...booking, balance: gold };
}

/**
 * Moves gold from one player to another. Rows are changed in the order of ids, so that two opposite transfers
 * wait for each other instead of locking each other out.
 *
 * @throws DomainError `player_not_found`, `insufficient_funds`, `balance_limit`.
 */
export async function transfer(
  tx: Transaction,
  move: { readonly from: number; readonly to: number; readonly amount: number },
  purpose: Purpose,
): Promise<Booking & { readonly fromBalance: number; readonly toBalance: number }> {
  const sides = [
    { playerId: move.from, amount: -move.amount },
    { playerId: move.to, amount: move.amount },
  ].toSorted((a, b) => a.playerId - b.playerId);
  const entries: PlayerEntry[] = [];
  for (const side of sides) {
    const { gold } = await changeBalance(tx, side.playerId, side.amount);
    entries.push({ ...side, balanceAfter: gold });
  }
  const booking = await record(tx, purpose, entries);
  const balanceOf = (id: number) => entries.find((entry) => entry.playerId === id)?.balanceAfter ?? 0;
  return { ...booking, fromBalance: balanceOf(move.from), toBalance: balanceOf(move.to) };
}
