import type { Database, Transaction } from '@hanok/repository';
import { GOLD } from './currencies.ts';
import { auditFurtherBalances, sumEntries, type CurrencySums, type Difference } from './currency-audit.ts';

/**
 * Rows read at a time: short enough that other requests get their turn between, and that the rows of a chunk die young;
 * of 2,000 the audit of a long ledger left 100 MB of garbage. No slower than that.
 */
const CHUNK_ROWS = 200;
/** Differences that are named; more would only repeat the bad news. */
const MAX_NAMED = 100;
const DEADLINE_MS = 600_000;

/** What an audit found; sums are exact beyond 2^53. */
export interface AuditReport {
  readonly balanced: boolean;
  readonly players: number;
  readonly entries: number;
  readonly goldInBalances: bigint;
  readonly goldInEntries: bigint;
  readonly sumOfAllEntries: bigint;
  readonly currencies: readonly CurrencySums[];
  readonly differences: readonly Difference[];
  readonly unbalancedTransactions: readonly { transactionId: string; sum: bigint }[];
}

type Integer = number | bigint;

/**
 * Compares every balance with the sum of its entries and every booking with zero, chunk by chunk on one
 * snapshot: memory stays flat, and writes go on meanwhile.
 */
export async function audit(database: Database): Promise<AuditReport> {
  return database.transaction(
    async (tx) => {
      const balances = await auditBalances(tx);
      const further = await auditFurtherBalances(tx, MAX_NAMED);
      const bookings = await auditBookings(tx);
      const currencies = await sumsOf(tx, balances.goldInBalances, further.inBalances);
      const differences = [...balances.differences, ...further.differences].slice(0, MAX_NAMED);
      return {
        balanced:
          differences.length === 0 &&
          bookings.unbalancedTransactions.length === 0 &&
          bookings.sumOfAllEntries === 0n &&
          balances.goldInBalances === balances.goldInEntries &&
          currencies.every(
            ({ inBalances, inEntries, sumOfAllEntries }) =>
              inBalances === inEntries && sumOfAllEntries === 0n,
          ),
        ...balances,
        ...bookings,
        currencies,
        differences,
      };
    },
    { readOnly: true, isolation: 'repeatable-read', deadlineMs: DEADLINE_MS },
  );
}

/** The sums of each currency that anybody holds or ever held. */
async function sumsOf(
  tx: Transaction,
  goldInBalances: bigint,
  inFurtherBalances: ReadonlyMap<string, bigint>,
): Promise<CurrencySums[]> {
  const inBalances = new Map([[GOLD, goldInBalances], ...inFurtherBalances]);
  const sums = await sumEntries(tx);
  return [...new Set([...inBalances.keys(), ...sums.keys()])].map((currency) => ({
    currency,
    inBalances: inBalances.get(currency) ?? 0n,
    inEntries: sums.get(currency)?.players ?? 0n,
    sumOfAllEntries: sums.get(currency)?.total ?? 0n,
  }));
}

interface BalanceRow {
  readonly id: Integer;
  readonly balance: Integer;
  readonly entries: Integer;
}

async function auditBalances(tx: Transaction) {
  const differences: Difference[] = [];
  let players = 0;
  let goldInBalances = 0n;
  let goldInEntries = 0n;
  const read = async (after: Integer) =>
    tx.sql<BalanceRow>`
      SELECT p.id AS id, p.gold AS balance, CAST(COALESCE(
        (SELECT SUM(e.amount) FROM ledger_entries e WHERE e.player_id = p.id AND e.currency = ${GOLD}), 0) AS BIGINT) AS entries
      FROM players p WHERE p.id > ${after} ORDER BY p.id LIMIT ${CHUNK_ROWS}`;
  for await (const row of inChunks(read)) {
    const balance = BigInt(row.balance);
    const entries = BigInt(row.entries);
    players += 1;
    goldInBalances += balance;
    goldInEntries += entries;
    if (balance !== entries && differences.length < MAX_NAMED) {
      differences.push({ playerId: String(row.id), currency: GOLD, balance, entries });
    }
  }
  return { players, goldInBalances, goldInEntries, differences };
}

interface BookingRow {
  readonly id: Integer;
  readonly sum: Integer;
  readonly entries: number;
}

async function auditBookings(tx: Transaction) {
  const unbalancedTransactions: { transactionId: string; sum: bigint }[] = [];
  let entries = 0;
  let sumOfAllEntries = 0n;
  const read = async (after: Integer) =>
    tx.sql<BookingRow>`
      SELECT t.id AS id, CAST(COALESCE(SUM(e.amount), 0) AS BIGINT) AS sum, COUNT(e.id) AS entries
      FROM (SELECT id FROM ledger_transactions WHERE id > ${after} ORDER BY id LIMIT ${CHUNK_ROWS}) AS t
      LEFT JOIN ledger_entries e ON e.transaction_id = t.id
      GROUP BY t.id ORDER BY t.id`;
  for await (const row of inChunks(read)) {
    const sum = BigInt(row.sum);
    entries += row.entries;
    sumOfAllEntries += sum;
    if (sum !== 0n && unbalancedTransactions.length < MAX_NAMED) {
      unbalancedTransactions.push({ transactionId: String(row.id), sum });
    }
  }
  return { entries, sumOfAllEntries, unbalancedTransactions };
}

/** Every row, chunk after chunk by id. */
async function* inChunks<R extends { readonly id: Integer }>(
  read: (after: Integer) => Promise<{ readonly rows: readonly R[] }>,
): AsyncGenerator<R> {
  let after: Integer = 0;
  for (;;) {
    const { rows } = await read(after);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK_ROWS) return;
    after = last.id;
  }
}
