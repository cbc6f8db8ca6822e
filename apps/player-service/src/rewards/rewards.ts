import { CheckViolation, type Session, type Transaction, type Where } from '@hanok/repository';
import { DomainError, invalidValue } from '../domain/errors.ts';
import { MAX_LEVEL, MAX_SAFE_AMOUNT } from '../domain/limits.ts';
import { GOLD, openBooking } from '../ledger/ledger.ts';
import { gameLog, ledgerEntries, players } from '../storage/entities.ts';
import type { RewardBody, RewardResult } from './reward-schemas.ts';

/** Ids shown of a reward's players. */
const SAMPLE_SIZE = 10;

/** What a reward did, and whom it touched. */
export interface GivenReward {
  readonly result: RewardResult;
  /** Ids of the players, or undefined when there are too many to list. */
  readonly touched: readonly number[] | undefined;
}

/** More players than this are not listed for the cache: it is emptied of players instead. */
const MAX_LISTED = 256;

/** @throws DomainError `invalid_value` when the range of levels is empty. */
export function requireRange(
  minLevel: number | undefined,
  maxLevel: number | undefined,
  root = 'body',
): void {
  if (minLevel !== undefined && maxLevel !== undefined && minLevel > maxLevel) {
    throw invalidValue(`${root}.maxLevel`, 'minimum', 'must not be below minLevel');
  }
}

/** Counts whom a reward would reach, and shows some of them. Changes nothing. */
export async function previewReward(session: Session, body: RewardBody): Promise<RewardResult> {
  const where = reached(body);
  const repository = session.repository(players);
  const count = await repository.count(where);
  const { items } = await repository.findMany({ where, limit: SAMPLE_SIZE });
  return {
    dryRun: true,
    players: count,
    gold: body.gold,
    totalGold: total(count, body.gold),
    sample: items.map(({ id }) => String(id)),
    transactionId: null,
    gameLogId: null,
  };
}

/**
 * Gives gold to every player of the range: one booking, one line in the game log, all or none.
 *
 * The entries are written first, from the rows they lock; then exactly the players with an entry are paid, so
 * nobody who joins the range meanwhile is paid without an entry, or gets an entry without being paid.
 *
 * @throws DomainError `balance_limit` when one of them could not hold it.
 */
export async function giveReward(tx: Transaction, body: RewardBody): Promise<GivenReward> {
  const minLevel = body.minLevel ?? 1;
  const maxLevel = body.maxLevel ?? MAX_LEVEL;
  const transactionId = await openBooking(tx, body);
  try {
    await addEntries(tx, { transactionId, minLevel, maxLevel, gold: body.gold });
    await tx.sql`
      UPDATE players SET gold = gold + CAST(${body.gold} AS BIGINT), version = version + 1
      WHERE id IN (SELECT player_id FROM ledger_entries WHERE transaction_id = ${transactionId})`;
  } catch (error) {
    if (!(error instanceof CheckViolation)) throw error;
    throw new DomainError('balance_limit', 'One of these players cannot hold so much gold; nobody got any', {
      cause: error,
    });
  }
  const entries = tx.repository(ledgerEntries);
  const count = await entries.count({ transactionId });
  const listed = await entries.findMany({ where: { transactionId }, limit: MAX_LISTED });
  const ids = listed.items.flatMap(({ playerId }) => (playerId === null ? [] : [playerId]));
  const totalGold = total(count, body.gold);
  if (count > 0) {
    await entries.insert({
      transactionId,
      currency: GOLD,
      playerId: null,
      amount: -totalGold,
      balanceAfter: null,
    });
  }
  const logged = await tx.repository(gameLog).insert({
    event: body.reason,
    description: body.description ?? null,
    details: {
      players: count,
      gold: body.gold,
      totalGold,
      minLevel,
      maxLevel,
      transactionId: String(transactionId),
    },
  });
  const result = {
    dryRun: false,
    players: count,
    gold: body.gold,
    totalGold,
    sample: ids.slice(0, SAMPLE_SIZE).map(String),
    transactionId: String(transactionId),
    gameLogId: String(logged.id),
  };
  return { result, touched: listed.nextCursor === null ? ids : undefined };
}

async function addEntries(
  tx: Transaction,
  reward: { transactionId: number; minLevel: number; maxLevel: number; gold: number },
): Promise<void> {
  const { transactionId, minLevel, maxLevel, gold } = reward;
  if (tx.dialect === 'sqlite') {
    await tx.sql`
      INSERT INTO ledger_entries (transaction_id, player_id, currency, amount, balance_after)
      SELECT ${transactionId}, id, ${GOLD}, CAST(${gold} AS INTEGER), gold + CAST(${gold} AS INTEGER)
      FROM players WHERE level BETWEEN ${minLevel} AND ${maxLevel} AND deleted_at IS NULL`;
    return;
  }
  // Locked in the order of ids, like transfers, so that the two cannot lock each other out.
  await tx.sql`
    INSERT INTO ledger_entries (transaction_id, player_id, currency, amount, balance_after)
    SELECT ${transactionId}::bigint, id, ${GOLD}::text, ${gold}::bigint, gold + ${gold}::bigint
    FROM (
      SELECT id, gold FROM players
      WHERE level BETWEEN ${minLevel} AND ${maxLevel} AND deleted_at IS NULL
      ORDER BY id FOR UPDATE
    ) AS reached`;
}

function reached(body: RewardBody): Where<typeof players> {
  return { level: { gte: body.minLevel ?? 1, lte: body.maxLevel ?? MAX_LEVEL }, deletedAt: null };
}

function total(count: number, gold: number): number {
  const sum = BigInt(count) * BigInt(gold);
  if (sum > BigInt(MAX_SAFE_AMOUNT)) {
    throw new DomainError(
      'balance_limit',
      `${count} times ${gold} gold is more than can be booked exactly at once`,
    );
  }
  return Number(sum);
}
