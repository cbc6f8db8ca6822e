import type { Session } from '@hanok/repository';
import { DomainError } from '../domain/errors.ts';
import { toTimestamp } from '../domain/timestamp.ts';
import { players, type PlayerRow } from '../storage/entities.ts';
import type { PlayerView } from './player-schemas.ts';

/** A player that exists: neither deleted nor erased. */
export type LivePlayer = PlayerRow & {
  readonly username: string;
  readonly email: string;
  readonly deletedAt: null;
};

/** Whether a row is a player, and not what is left of a deleted one. */
export function isLive(row: PlayerRow | undefined): row is LivePlayer {
  return row !== undefined && row.deletedAt === null && row.username !== null && row.email !== null;
}

/** A player as the API shows it. */
export function toView(row: LivePlayer): PlayerView {
  return {
    id: String(row.id),
    username: row.username,
    email: row.email,
    level: row.level,
    experience: row.experience,
    gold: row.gold,
    createdAt: toTimestamp(row.createdAt),
    lastLoginAt: row.lastLoginAt === null ? null : toTimestamp(row.lastLoginAt),
    version: row.version,
  };
}

/**
 * The number of an id given as text. Ids beyond 2^53 were never given out, so they are merely unknown.
 *
 * @throws DomainError `player_not_found`.
 */
export function parsePlayerId(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id)) throw playerNotFound(text);
  return id;
}

/** The error of an id that belongs to nobody. */
export function playerNotFound(id: number | string, cause?: unknown): DomainError {
  return new DomainError('player_not_found', `There is no player ${id}`, { cause });
}

/**
 * Reads a player and keeps everybody else from changing it until the transaction ends. SQLite has one writer at
 * a time, so there the transaction itself is the lock.
 *
 * @throws DomainError `player_not_found` also for deleted players.
 */
export async function lockPlayer(tx: Session, id: number): Promise<LivePlayer> {
  const row = await lockRow(tx, id);
  if (!isLive(row)) throw playerNotFound(id);
  return row;
}

/** The same for any row, deleted players included; undefined when there is none. */
export async function lockRow(tx: Session, id: number): Promise<PlayerRow | undefined> {
  if (tx.dialect === 'postgres') await tx.sql`SELECT 1 FROM players WHERE id = ${id} FOR UPDATE`;
  return tx.repository(players).findById(id);
}
