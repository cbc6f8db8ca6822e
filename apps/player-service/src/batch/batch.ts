import type { Transaction } from '@hanok/repository';
import { DomainError, invalidValue } from '../domain/errors.ts';
import type { Scope } from '../http/principal.ts';
import { toProblem } from '../http/problem-table.ts';
import { GOLD, requireCurrency, type Currencies } from '../ledger/currencies.ts';
import { adjust, transfer } from '../ledger/ledger.ts';
import { parsePlayerId } from '../players/player-row.ts';
import { revisePlayer, type Revision } from '../players/players.ts';
import type { ChangeEvent } from '../webhooks/event-types.ts';
import type { BatchBody, Operation, OperationResult } from './batch-schemas.ts';

/** What a batch did, and whose cached copies it made out of date. */
export interface BatchOutcome {
  readonly results: readonly OperationResult[];
  readonly touched: readonly number[];
  readonly events: readonly ChangeEvent[];
}

/** The scope that an operation takes. */
export function scopeOf(operation: Operation): Scope {
  return operation.player === undefined ? 'gold:write' : 'players:write';
}

/**
 * Carries out a batch in one transaction: as a whole, or each operation in a savepoint of its own, so that one
 * refusal does not touch the others.
 *
 * @throws DomainError of the first refusal of an atomic batch, which names the operation.
 */
export async function runBatch(
  tx: Transaction,
  { atomic, operations }: BatchBody,
  currencies: Currencies,
): Promise<BatchOutcome> {
  await lockPlayers(tx, operations);
  const results: OperationResult[] = [];
  const touched = new Set<number>();
  const events: ChangeEvent[] = [];
  for (const [index, operation] of operations.entries()) {
    try {
      const done = await (atomic
        ? perform(tx, operation, currencies)
        : tx.transaction((inner) => perform(inner, operation, currencies)));
      results.push(done.result);
      for (const id of done.touched) touched.add(id);
      events.push(...done.events);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      if (atomic) throw asWhole(error, index);
      results.push(refusal(error));
    }
  }
  return { results, touched: [...touched], events };
}

/** Locks everybody concerned in the order of ids, so that crossing batches wait instead of locking each other out. */
async function lockPlayers(tx: Transaction, operations: readonly Operation[]): Promise<void> {
  if (tx.dialect !== 'postgres') return;
  const ids = operations.flatMap(({ gold, balance, transfer: move, player }) =>
    [gold?.playerId, balance?.playerId, player?.playerId, move?.fromPlayerId, move?.toPlayerId].filter(
      (id) => id !== undefined,
    ),
  );
  const known = ids.filter((id) => Number.isSafeInteger(Number(id)));
  await tx.sql`
    SELECT 1 FROM players WHERE id = ANY (CAST(string_to_array(${known.join(',')}, ',') AS BIGINT[]))
    ORDER BY id FOR UPDATE`;
}

interface Done {
  readonly result: OperationResult;
  readonly touched: readonly number[];
  readonly events: readonly ChangeEvent[];
}

async function perform(tx: Transaction, operation: Operation, currencies: Currencies): Promise<Done> {
  const { gold, balance: other, transfer: move, player } = operation;
  const given = other ?? (gold === undefined ? undefined : { ...gold, currency: GOLD });
  if (given !== undefined) {
    const { playerId, currency: name, amount, ...purpose } = given;
    const currency = requireCurrency(currencies, name);
    if (amount === 0) throw invalidValue('amount', 'not', 'must not be 0');
    const id = parsePlayerId(playerId);
    const { transactionId, balance, events } = await adjust(tx, { playerId: id, currency, amount }, purpose);
    const result = { ok: true, playerId, transactionId: String(transactionId), balance } as const;
    return { result, touched: [id], events };
  }
  if (move !== undefined) {
    const { fromPlayerId, toPlayerId, amount, currency: name = GOLD, ...purpose } = move;
    const currency = requireCurrency(currencies, name);
    if (fromPlayerId === toPlayerId) throw invalidValue('toPlayerId', 'not', 'must be another player');
    const [from, to] = [parsePlayerId(fromPlayerId), parsePlayerId(toPlayerId)];
    const { transactionId, events, ...balances } = await transfer(
      tx,
      { from, to, currency, amount },
      purpose,
    );
    const result = { ok: true, transactionId: String(transactionId), ...balances } as const;
    return { result, touched: [from, to], events };
  }
  if (player === undefined) throw invalidValue('operations', 'required', 'must name what to do');
  const id = parsePlayerId(player.playerId);
  const { player: revised, events } = await revisePlayer(tx, id, { ...UNCHANGED, ...player }, undefined);
  const result = { ok: true, playerId: player.playerId, version: revised.version } as const;
  return { result, touched: [id], events };
}

const UNCHANGED: Revision = {
  username: undefined,
  email: undefined,
  passwordHash: undefined,
  deviceKey: undefined,
  level: undefined,
  experience: undefined,
  gold: undefined,
};

function asWhole(error: DomainError, index: number): DomainError {
  const field = `body.operations.${index}`;
  const message = `Operation ${index}: ${error.message}; nothing was done`;
  return new DomainError(error.code, message, {
    cause: error,
    violations: [{ field, rule: error.code, message: error.message }],
  });
}

function refusal(error: DomainError): OperationResult {
  return { ok: false, status: toProblem(error)?.status ?? 500, code: error.code, detail: error.message };
}
