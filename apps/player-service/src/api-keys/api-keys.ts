import { createHash, randomBytes } from 'node:crypto';
import type { Session, Transaction } from '@hanok/repository';
import type { Clock } from '@hanok/service-kit';
import { DomainError } from '../domain/errors.ts';
import { toTimestamp } from '../domain/timestamp.ts';
import { API_KEY_PREFIX, SCOPES, type Scope } from '../http/principal.ts';
import { apiKeys, type ApiKeyRow } from '../storage/entities.ts';
import type { ApiKeyView, CreateApiKeyBody } from './api-key-schemas.ts';

const SECRET_BYTES = 32;

/** A key just made: its text is shown once and kept nowhere. */
export interface NewApiKey {
  readonly key: string;
  readonly row: ApiKeyRow;
}

/** Makes a key of 256 random bits; only its hash is stored. */
export async function createApiKey(tx: Transaction, body: CreateApiKeyBody): Promise<NewApiKey> {
  const key = `${API_KEY_PREFIX}${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const row = await tx.repository(apiKeys).insert({
    name: body.name,
    keyHash: hashOf(key),
    scopes: [...new Set(body.scopes)],
    expiresAt: body.expiresAt === undefined ? null : Date.parse(body.expiresAt),
  });
  return { key, row };
}

/** The scopes of a key, or null when it is unknown, revoked or expired. */
export async function findApiKey(
  session: Session,
  clock: Clock,
  key: string,
): Promise<{ id: string; scopes: ReadonlySet<Scope> } | null> {
  const row = await session.repository(apiKeys).findOne({ keyHash: hashOf(key) });
  if (row === undefined || row.revokedAt !== null) return null;
  if (row.expiresAt !== null && row.expiresAt <= clock.now()) return null;
  return { id: String(row.id), scopes: new Set(row.scopes.filter((scope) => isScope(scope))) };
}

/** Revokes a key; it is refused from the next request on. @throws DomainError `api_key_not_found`. */
export async function revokeApiKey(tx: Transaction, idText: string, now: number): Promise<void> {
  const id = Number(idText);
  const isGiven = Number.isSafeInteger(id);
  const revoked = isGiven
    ? await tx.repository(apiKeys).updateWhere({ id, revokedAt: null }, { revokedAt: now })
    : 0;
  if (revoked === 0) throw new DomainError('api_key_not_found', `There is no API key ${idText}`);
}

/** A key as the API shows it: everything but what would let anyone use it. */
export function toApiKeyView(row: ApiKeyRow): ApiKeyView {
  return {
    id: String(row.id),
    name: row.name,
    scopes: row.scopes.filter((scope) => isScope(scope)),
    createdAt: toTimestamp(row.createdAt),
    expiresAt: row.expiresAt === null ? null : toTimestamp(row.expiresAt),
    revokedAt: row.revokedAt === null ? null : toTimestamp(row.revokedAt),
  };
}

/** Keys are long and random, so a fast hash keeps them. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text);
}
