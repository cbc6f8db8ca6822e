import type { Session, Transaction } from '@hanok/repository';
import { DomainError, invalidValue } from '../domain/errors.ts';
import { MAX_DATA_BYTES } from '../domain/limits.ts';
import { matches, type IfMatch } from '../http/etag.ts';
import {
  MAX_JSON_DEPTH,
  mergeObjects,
  withinDepth,
  type Json,
  type JsonObject,
} from '../http/merge-patch.ts';
import { lockPlayer } from '../players/player-row.ts';
import { playerData, players } from '../storage/entities.ts';

/** A game's own document about a player. Version 0: nothing was ever stored. */
export interface PlayerData {
  readonly document: JsonObject;
  readonly version: number;
}

/** How a document changes: replaced as a whole, or merged with a patch (RFC 7396). */
export type DataChange = { readonly kind: 'replace' | 'merge'; readonly with: JsonObject };

const NOTHING: PlayerData = { document: {}, version: 0 };

/** The document of a player, or undefined when there is no such player. */
export async function readData(session: Session, playerId: number): Promise<PlayerData | undefined> {
  const stored = await session.repository(playerData).findById(playerId);
  if (stored !== undefined) return stored;
  return (await session.repository(players).exists({ id: playerId, deletedAt: null })) ? NOTHING : undefined;
}

/**
 * Changes the document of a player, whose row is locked meanwhile.
 *
 * @throws DomainError `player_not_found`, `version_conflict`, `data_too_large`.
 */
export async function changeData(
  tx: Transaction,
  playerId: number,
  change: DataChange,
  ifMatch: IfMatch | undefined,
): Promise<PlayerData> {
  await lockPlayer(tx, playerId);
  const repository = tx.repository(playerData);
  const before = (await repository.findById(playerId)) ?? NOTHING;
  if (ifMatch !== undefined && !matches(ifMatch, before.version)) {
    throw new DomainError('version_conflict', `The document is at version ${before.version} now`);
  }
  const document = change.kind === 'merge' ? mergeObjects(before.document, change.with) : change.with;
  requireSize(document);
  if (before.version === 0) return repository.insert({ playerId, document });
  return repository.update(playerId, { document });
}

/**
 * Checks a document as it was sent, before anything walks it without a bound.
 *
 * @throws DomainError `invalid_value`.
 */
export function requireSane(document: JsonObject): void {
  if (!withinDepth(document)) {
    throw invalidValue('body', 'depth', `must not nest deeper than ${MAX_JSON_DEPTH} levels`);
  }
  if (!isFinite(document)) throw invalidValue('body', 'number', 'must not contain numbers beyond a double');
}

function requireSize(document: JsonObject): void {
  if (Buffer.byteLength(JSON.stringify(document)) <= MAX_DATA_BYTES) return;
  const message = `must be at most ${MAX_DATA_BYTES} bytes as compact JSON, after merging`;
  throw new DomainError('data_too_large', `The document ${message}`, {
    violations: [{ field: 'body', rule: 'maxSize', message }],
  });
}

/** JSON has no infinity: `1e400` parses to it and would be stored as null. */
function isFinite(value: Json): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every((member) => isFinite(member));
}
