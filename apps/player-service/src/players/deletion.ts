import type { Session, Transaction } from '@hanok/repository';
import { DomainError } from '../domain/errors.ts';
import type { IfMatch } from '../http/etag.ts';
import { devices, idempotencyKeys, playerData, players, refreshTokens } from '../storage/entities.ts';
import { isLive, lockPlayer, lockRow, playerNotFound, type LivePlayer } from './player-row.ts';
import { playerEvent, type ChangeEvent } from '../webhooks/event-types.ts';
import type { ChangeRecorder } from '../writes/writes.ts';
import { requireVersion } from './players.ts';

/** Columns that say who somebody is. */
const ERASED = {
  username: null,
  usernameKey: null,
  email: null,
  emailKey: null,
  passwordHash: null,
  deviceKey: null,
} as const;

/**
 * Deletes a player. Its row stays, because the ledger must still add up; its personal data stays for the undo
 * window only, in which its name and address remain taken. With a window of 0 it is erased at once.
 *
 * @returns what to tell.
 * @throws DomainError `player_not_found`, `version_conflict`.
 */
export async function deletePlayer(
  tx: Transaction,
  id: number,
  options: { readonly now: number; readonly undoMs: number; readonly ifMatch: IfMatch | undefined },
): Promise<readonly ChangeEvent[]> {
  const row = await lockPlayer(tx, id);
  requireVersion(row, options.ifMatch);
  const { version } = await tx.repository(players).update(id, { deletedAt: options.now });
  const deleted = playerEvent('player.deleted', id, version);
  return options.undoMs === 0 ? [deleted, await erasePlayer(tx, id)] : [deleted];
}

/**
 * Takes a deletion back within its undo window.
 *
 * @throws DomainError `player_not_found` when there is no such player, it was not deleted, or it is erased.
 */
export async function restorePlayer(
  tx: Transaction,
  id: number,
  options: { readonly now: number; readonly undoMs: number },
): Promise<LivePlayer> {
  const row = await lockRow(tx, id);
  if (row === undefined || row.deletedAt === null || row.username === null) throw playerNotFound(id);
  if (row.deletedAt + options.undoMs <= options.now) {
    throw new DomainError('player_not_found', `The undo window of player ${id} is over`);
  }
  const restored = await tx.repository(players).update(id, { deletedAt: null });
  if (!isLive(restored)) throw playerNotFound(id);
  return restored;
}

/** Removes the personal data of a player from every table. @returns what to tell. */
export async function erasePlayer(tx: Transaction, id: number): Promise<ChangeEvent> {
  const { version } = await tx.repository(players).update(id, ERASED);
  await tx.repository(playerData).delete(id);
  await tx.repository(devices).deleteWhere({ playerId: id });
  await tx.repository(refreshTokens).deleteWhere({ playerId: id });
  await tx.repository(idempotencyKeys).deleteWhere({ playerId: id });
  return playerEvent('player.erased', id, version);
}

/**
 * Erases players whose undo window is over, a bounded number at a time. Processes may do it at once: erasing
 * twice changes nothing.
 *
 * @returns how many were erased; call again while it is `limit`.
 */
export async function eraseOverdue(
  database: Session,
  recorder: ChangeRecorder,
  options: { readonly deletedBefore: number; readonly limit: number },
): Promise<number> {
  // In the order of the index: in that of ids SQLite would walk through all players to find the few.
  const { rows } = await database.sql<{ id: number }>`
    SELECT id FROM players WHERE deleted_at <= ${options.deletedBefore} AND username IS NOT NULL
    ORDER BY deleted_at LIMIT ${options.limit}`;
  for (const { id } of rows) {
    await database.transaction(async (tx) => {
      const row = await lockRow(tx, id);
      // It may have been restored, or erased by another process, since it was listed.
      if (row === undefined || row.deletedAt === null || row.deletedAt > options.deletedBefore) return;
      await recorder.record(tx, [await erasePlayer(tx, id)]);
    });
  }
  return rows.length;
}
