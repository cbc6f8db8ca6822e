import type { Transaction } from '@hanok/repository';

/** What one currency adds up to; exact beyond 2^53. */
export interface CurrencySums {
  readonly currency: string;
  readonly inBalances: bigint;
  readonly inEntries: bigint;
  readonly sumOfAllEntries: bigint;
}

/** A balance that is not the sum of its entries. */
export interface Difference {
  readonly playerId: string;
  readonly currency: string;
  readonly balance: bigint;
  readonly entries: bigint;
}

type Integer = number | bigint;

/** Rows, or ids of entries, looked at in one statement: a few milliseconds, in which nothing else has its turn. */
const CHUNK_ROWS = 500;
const CHUNK_ENTRIES = 4_000;

/** Compares every balance of the further currencies with the sum of its entries. */
export async function auditFurtherBalances(
  tx: Transaction,
  maxNamed: number,
): Promise<{ inBalances: ReadonlyMap<string, bigint>; differences: readonly Difference[] }> {
  const inBalances = new Map<string, bigint>();
  const differences: Difference[] = [];
  for (let after: Integer = 0; ;) {
    const { rows }: { rows: BalanceRow[] } = await tx.sql<BalanceRow>`
      SELECT b.id AS id, b.player_id AS player, b.currency AS currency, b.balance AS balance, CAST(COALESCE((
        SELECT SUM(e.amount) FROM ledger_entries e
        WHERE e.player_id = b.player_id AND e.currency = b.currency), 0) AS BIGINT) AS entries
      FROM balances b WHERE b.id > ${after} ORDER BY b.id LIMIT ${CHUNK_ROWS}`;
    for (const { player, currency, balance, entries } of rows) {
      inBalances.set(currency, (inBalances.get(currency) ?? 0n) + BigInt(balance));
      if (BigInt(balance) === BigInt(entries) || differences.length >= maxNamed) continue;
      differences.push({
        playerId: String(player),
        currency,
        balance: BigInt(balance),
        entries: BigInt(entries),
      });
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK_ROWS) return { inBalances, differences };
    after = last.id;
  }
}

interface BalanceRow {
  readonly id: Integer;
  readonly player: Integer;
  readonly currency: string;
  readonly balance: Integer;
  readonly entries: Integer;
}

interface SumRow {
  readonly currency: string;
  readonly players: Integer;
  readonly total: Integer;
}

/** Sums the entries of each currency, those of players and all together, in the order they were written. */
export async function sumEntries(
  tx: Transaction,
): Promise<ReadonlyMap<string, { readonly players: bigint; readonly total: bigint }>> {
  const sums = new Map<string, { players: bigint; total: bigint }>();
  const { rows: ends } = await tx.sql<{ last: Integer | null }>`SELECT MAX(id) AS last FROM ledger_entries`;
  const last = Number(ends[0]?.last ?? 0);
  for (let from = 0; from < last; from += CHUNK_ENTRIES) {
    const { rows } = await tx.sql<SumRow>`
      SELECT currency, CAST(COALESCE(SUM(CASE WHEN player_id IS NULL THEN 0 ELSE amount END), 0) AS BIGINT) AS players,
        CAST(COALESCE(SUM(amount), 0) AS BIGINT) AS total
      FROM ledger_entries WHERE id > ${from} AND id <= ${from + CHUNK_ENTRIES} GROUP BY currency`;
    for (const { currency, players, total } of rows) {
      const before = sums.get(currency) ?? { players: 0n, total: 0n };
      sums.set(currency, { players: before.players + BigInt(players), total: before.total + BigInt(total) });
    }
  }
  return sums;
}
