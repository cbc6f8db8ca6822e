import type { Transaction } from '@hanok/repository';
import type { CurrencyRules } from '../ledger/currencies.ts';
import type { Gift } from './gift.ts';
import type { Reach } from './booking.ts';

/**
 * Writes the entries of a gift of a further currency; players who could not hold it get none. The rows of the
 * players are locked in the order of ids, as everywhere; each gets a balance, if it had none, to be settled.
 */
export async function addCurrencyGiftEntries(
  tx: Transaction,
  transactionId: number,
  { rules, amount }: Gift,
  { after, upTo, minLevel, maxLevel }: Reach,
): Promise<void> {
  if (tx.dialect === 'postgres') {
    await tx.sql`
      SELECT 1 FROM players
      WHERE id > ${after} AND id <= ${upTo} AND level BETWEEN ${minLevel} AND ${maxLevel} AND deleted_at IS NULL
      ORDER BY id FOR UPDATE`;
  }
  await tx.sql`
    INSERT INTO balances (player_id, currency, balance)
    SELECT id, CAST(${rules.name} AS TEXT), 0 FROM players
    WHERE id > ${after} AND id <= ${upTo} AND level BETWEEN ${minLevel} AND ${maxLevel} AND deleted_at IS NULL
    ON CONFLICT (player_id, currency) DO NOTHING`;
  await tx.sql`
    INSERT INTO ledger_entries (transaction_id, player_id, currency, amount, balance_after)
    SELECT CAST(${transactionId} AS BIGINT), p.id, b.currency, CAST(${amount} AS BIGINT),
      b.balance + CAST(${amount} AS BIGINT)
    FROM players p JOIN balances b ON b.player_id = p.id
    WHERE p.id > ${after} AND p.id <= ${upTo} AND p.level BETWEEN ${minLevel} AND ${maxLevel}
      AND p.deleted_at IS NULL AND b.currency = ${rules.name} AND b.balance <= ${rules.maxBalance - amount}
    ORDER BY p.id`;
}

/** Whether somebody whom a gift reaches could not hold it. */
export async function someoneIsFullOf(
  tx: Transaction,
  { rules, amount }: Gift,
  { minLevel, maxLevel }: Pick<Reach, 'minLevel' | 'maxLevel'>,
): Promise<boolean> {
  const { rows } = await tx.sql`
    SELECT 1 FROM players p JOIN balances b ON b.player_id = p.id
    WHERE p.level BETWEEN ${minLevel} AND ${maxLevel} AND p.deleted_at IS NULL
      AND b.currency = ${rules.name} AND b.balance > ${rules.maxBalance - amount} LIMIT 1`;
  return rows.length > 0;
}

/**
 * Writes the entries that take back what an earlier booking gave of a further currency: as far as it is still
 * there, or all of it where players may owe it. The caller has locked the players.
 */
export async function addCurrencyReturnEntries(
  tx: Transaction,
  transactionId: number,
  earlierTransactionId: number,
  { name, mayBeNegative }: CurrencyRules,
): Promise<void> {
  const least = mayBeNegative ? Number.MIN_SAFE_INTEGER : 0;
  await tx.sql`
    INSERT INTO ledger_entries (transaction_id, player_id, currency, amount, balance_after)
    SELECT CAST(${transactionId} AS BIGINT), b.player_id, e.currency,
      CASE WHEN b.balance - e.amount < CAST(${least} AS BIGINT) THEN CAST(${least} AS BIGINT) - b.balance
        ELSE -e.amount END,
      CASE WHEN b.balance - e.amount < CAST(${least} AS BIGINT) THEN CAST(${least} AS BIGINT)
        ELSE b.balance - e.amount END
    FROM ledger_entries e JOIN balances b ON b.player_id = e.player_id AND b.currency = e.currency
    WHERE e.transaction_id = ${earlierTransactionId} AND b.currency = ${name} AND b.balance > ${least}
    ORDER BY b.player_id`;
}

/** Carries the entries of a booking over to the balances of a further currency. */
export async function settleCurrency(
  tx: Transaction,
  transactionId: number,
  currency: string,
): Promise<void> {
  await tx.sql`
    UPDATE balances SET balance = balances.balance + e.amount
    FROM ledger_entries e
    WHERE e.transaction_id = ${transactionId} AND e.player_id = balances.player_id
      AND balances.currency = ${currency}`;
}
