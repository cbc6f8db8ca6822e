import type { Transaction } from '@hanok/repository';
import { MAX_SAFE_AMOUNT } from '../domain/limits.ts';
import { GOLD, type CurrencyRules } from '../ledger/currencies.ts';
import { ledgerEntries } from '../storage/entities.ts';
import { runSql, sqlPart } from '../storage/sql-part.ts';
import { isListed } from './conditions.ts';
import { addCurrencyGiftEntries, addCurrencyReturnEntries, settleCurrency } from './currency-booking.ts';
import type { Gift } from './gift.ts';

/** What one booking did. */
export interface Booked {
  readonly players: number;
  readonly totalGold: number;
}

/**
 * Writes the entries of a gift to these players, whom the caller has locked. Players who could not hold it get
 * no entry.
 */
export async function addGiftEntries(
  tx: Transaction,
  transactionId: number,
  gift: Gift,
  playerIds: readonly number[],
): Promise<void> {
  if (gift.rules.name !== GOLD) {
    await addCurrencyGiftEntries(tx, transactionId, gift, playerIds);
    return;
  }
  const amount = sqlPart`CAST(${gift.amount} AS BIGINT)`;
  await runSql(
    tx,
    sqlPart`
      INSERT INTO ledger_entries (transaction_id, player_id, currency, amount, balance_after)
      SELECT CAST(${transactionId} AS BIGINT), p.id, CAST(${GOLD} AS TEXT), ${amount}, p.gold + ${amount}
      FROM players p
      WHERE ${isListed(tx.dialect, sqlPart`p.id`, playerIds)} AND p.gold <= ${MAX_SAFE_AMOUNT - gift.amount}
      ORDER BY p.id`,
  );
}

/**
 * Writes the entries that take back what an earlier booking gave, as far as it is still there: nobody is left
 * with less than nothing. Deleted players give back too; their rows are still in the books.
 */
export async function addReturnEntries(
  tx: Transaction,
  transactionId: number,
  earlierTransactionId: number,
  currency: CurrencyRules,
): Promise<void> {
  if (tx.dialect === 'postgres') {
    await tx.sql`
      SELECT 1 FROM players
      WHERE id IN (SELECT player_id FROM ledger_entries WHERE transaction_id = ${earlierTransactionId})
      ORDER BY id FOR UPDATE`;
  }
  if (currency.name !== GOLD) {
    await addCurrencyReturnEntries(tx, transactionId, earlierTransactionId, currency);
    return;
  }
  await tx.sql`
    INSERT INTO ledger_entries (transaction_id, player_id, currency, amount, balance_after)
    SELECT CAST(${transactionId} AS BIGINT), p.id, e.currency,
      CASE WHEN p.gold < e.amount THEN -p.gold ELSE -e.amount END,
      CASE WHEN p.gold < e.amount THEN 0 ELSE p.gold - e.amount END
    FROM ledger_entries e JOIN players p ON p.id = e.player_id
    WHERE e.transaction_id = ${earlierTransactionId} AND p.gold > 0
    ORDER BY p.id`;
}

/**
 * Carries the entries of a booking over to the balances, and adds the bank's side. Exactly the players with an
 * entry are paid, so nobody is paid without one.
 */
export async function settle(tx: Transaction, transactionId: number, currency: string): Promise<Booked> {
  if (currency === GOLD) await settleGold(tx, transactionId);
  else await settleCurrency(tx, transactionId, currency);
  const { rows } = await tx.sql<{ players: number; total: number | bigint }>`
    SELECT COUNT(*) AS players, CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS total
    FROM ledger_entries WHERE transaction_id = ${transactionId}`;
  const reached = rows[0]?.players ?? 0;
  const totalGold = Number(rows[0]?.total ?? 0);
  if (totalGold !== 0) {
    const bank = { transactionId, currency, playerId: null, amount: -totalGold, balanceAfter: null };
    await tx.repository(ledgerEntries).insert(bank);
  }
  return { players: reached, totalGold };
}

function settleGold(tx: Transaction, transactionId: number): Promise<unknown> {
  return tx.sql`
    UPDATE players SET gold = players.gold + e.amount, version = players.version + 1
    FROM ledger_entries e WHERE e.transaction_id = ${transactionId} AND e.player_id = players.id`;
}
