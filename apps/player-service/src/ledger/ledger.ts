import type { Transaction } from '@hanok/repository';
import { ledgerEntries, ledgerTransactions } from '../storage/entities.ts';
import type { ChangeEvent } from '../webhooks/event-types.ts';
import { changeBalance } from './balances.ts';
import { GOLD, type CurrencyRules } from './currencies.ts';

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
  currency = GOLD,
): Promise<Booking> {
  const transactionId = await openBooking(tx, purpose);
  const rows = entries.map((entry) => ({ ...entry, transactionId, currency }));
  const given = entries.reduce((sum, entry) => sum + entry.amount, 0);
  const bank =
    given === 0 ? [] : [{ transactionId, currency, playerId: null, amount: -given, balanceAfter: null }];
  await tx.repository(ledgerEntries).insertMany([...rows, ...bank]);
  const events = entries.map((entry) => balanceEvent({ transactionId, currency, purpose, entry }));
  return { transactionId, events };
}

interface Entered {
  readonly transactionId: number;
  readonly currency: string;
  readonly purpose: Purpose;
  readonly entry: PlayerEntry;
}

function balanceEvent({ transactionId, currency, purpose, entry }: Entered): ChangeEvent {
  return {
    type: 'balance.changed',
    playerId: entry.playerId,
    data: {
      playerId: String(entry.playerId),
      currency,
      amount: entry.amount,
      balance: entry.balanceAfter,
      transactionId: String(transactionId),
      reason: purpose.reason,
      reference: purpose.reference ?? null,
    },
  };
}

/** An amount of a currency for one player; negative takes. */
export interface Adjustment {
  readonly playerId: number;
  readonly currency: CurrencyRules;
  readonly amount: number;
}

/**
 * Gives money to a player out of the bank, or takes it back.
 *
 * @throws DomainError `player_not_found`, `insufficient_funds`, `balance_limit`.
 */
export async function adjust(
  tx: Transaction,
  { playerId, currency, amount }: Adjustment,
  purpose: Purpose,
): Promise<Booking & { readonly balance: number }> {
  const balance = await changeBalance(tx, playerId, currency, amount);
  const booking = await record(tx, purpose, [{ playerId, amount, balanceAfter: balance }], currency.name);
  return { ...booking, balance };
}

/** An amount of a currency that changes hands. */
export interface Move {
  readonly from: number;
  readonly to: number;
  readonly currency: CurrencyRules;
  readonly amount: number;
}

/**
 * Moves money from one player to another. Rows are changed in the order of ids, so that two opposite transfers
 * wait for each other instead of locking each other out.
 *
 * @throws DomainError `player_not_found`, `insufficient_funds`, `balance_limit`.
 */
export async function transfer(
  tx: Transaction,
  { from, to, currency, amount }: Move,
  purpose: Purpose,
): Promise<Booking & { readonly fromBalance: number; readonly toBalance: number }> {
  const sides = [
    { playerId: from, amount: -amount },
    { playerId: to, amount },
  ].toSorted((a, b) => a.playerId - b.playerId);
  const entries: PlayerEntry[] = [];
  for (const side of sides) {
    entries.push({ ...side, balanceAfter: await changeBalance(tx, side.playerId, currency, side.amount) });
  }
  const booking = await record(tx, purpose, entries, currency.name);
  const balanceOf = (id: number) => entries.find((entry) => entry.playerId === id)?.balanceAfter ?? 0;
  return { ...booking, fromBalance: balanceOf(from), toBalance: balanceOf(to) };
}
