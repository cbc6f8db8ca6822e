import type { Transaction } from '@hanok/repository';
import type { CurrencyRules } from '../ledger/currencies.ts';
import { runSql, sqlPart } from '../storage/sql-part.ts';
import { isListed } from './conditions.ts';
import type { Gift } from './gift.ts';

/**
 * Writes the entries of a gift of a further currency to these players, whom the caller has locked; those who
 * could not hold it get none. Each gets a balance, if it had none, to be settled.
 */
export async function addCurrencyGiftEntries(
  tx: Transaction,
  transactionId: number,
  { rules, amount }: Gift,
  playerIds: readonly number[],
): Promise<void> {
  await runSql(
    tx,
    sqlPart`
      INSERT INTO balances (player_id, currency, balance)
      SELECT p.id, CAST(${rules.name} AS TEXT), 0 FROM players p WHERE ${isListed(tx.dialect, sqlPart`p.id`, playerIds)}
      ON CONFLICT (player_id, currency) DO NOTHING`,
  );
  const given = sqlPart`CAST(${amount} AS BIGINT)`;
  await runSql(
    tx,
    sqlPart`
      INSERT INTO ledger_entries (transaction_id, player_id, currency, amount, balance_after)
      SELECT CAST(${transactionId} AS BIGINT), b.player_id, b.currency, ${given}, b.balance + ${given}
      FROM balances b
      WHERE ${isListed(tx.dialect, sqlPart`b.player_id`, playerIds)} AND b.currency = ${rules.name} AND b.balance <= ${rules.maxBalance - amount}
      ORDER BY b.player_id`,
  );
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
