import { createHash, randomBytes } from 'node:crypto';
import type { Database, Transaction } from '@hanok/repository';
import type { Clock } from '@hanok/service-kit';
import { DomainError } from '../domain/errors.ts';
import { refreshTokens, type RefreshTokenRow } from '../storage/entities.ts';

/** Every refresh token begins with this. */
export const REFRESH_TOKEN_PREFIX = 'hpr_';

export interface RefreshTokensOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** Life of a token; each rotation begins it anew. */
  readonly ttlMs: number;
}

/** A token to be shown once, and when it ends. */
export interface IssuedRefreshToken {
  readonly refreshToken: string;
  readonly expiresAtMs: number;
}

/** A token that was used up in favour of the next. */
export interface Rotation {
  readonly issued: IssuedRefreshToken;
  readonly previousSessionId: string;
}

/**
 * Refresh tokens with rotation (RFC 9700, 4.14.2): each is good for one use, which gives the next of its family.
 * A second use means that two parties hold the same token, so the whole family ends.
 */
export class RefreshTokens {
  readonly #options: RefreshTokensOptions;

  constructor(options: RefreshTokensOptions) {
    this.#options = options;
  }

  /** Begins a family beside a session. */
  issue(tx: Transaction, playerId: number, sessionId: string): Promise<IssuedRefreshToken> {
    const family = randomBytes(16).toString('base64url');
    return this.#insert(tx, { family, playerId, sessionId });
  }

  /** The player of a token that could be used now, or undefined. Uses nothing up. */
  async playerOf(token: string): Promise<number | undefined> {
    const row = await this.#options.database.repository(refreshTokens).findOne({ tokenHash: hashOf(token) });
    // A used one must reach `rotate`, which ends its family.
    return row === undefined || row.revokedAt !== null || this.#isOver(row) ? undefined : row.playerId;
  }

  /**
   * Uses a token up, in favour of the next one for `sessionId`. The update that does so decides among requests
   * that come together; it needs no more isolation than its row's lock.
   *
   * @throws DomainError `credentials_rejected` for a token that is unknown, expired or revoked;
   * `refresh_token_reused` for one that was used before: its family must end, see `endFamily`.
   */
  async rotate(tx: Transaction, token: string, sessionId: string): Promise<Rotation> {
    const repository = tx.repository(refreshTokens);
    const row = await repository.findOne({ tokenHash: hashOf(token) });
    if (row === undefined || row.revokedAt !== null || this.#isOver(row)) throw notValid();
    const { family, playerId } = row;
    const usedAt = this.#options.clock.now();
    if ((await repository.updateWhere({ id: row.id, usedAt: null }, { usedAt })) === 0) {
      throw new DomainError(
        'refresh_token_reused',
        'This refresh token was used before; its sessions were ended',
      );
    }
    const issued = await this.#insert(tx, { family, playerId, sessionId });
    return { issued, previousSessionId: row.sessionId };
  }

  /** Ends the family of a token. @returns the sessions of it, which must end as well. */
  async endFamily(token: string): Promise<readonly string[]> {
    const { database, clock } = this.#options;
    const repository = database.repository(refreshTokens);
    const row = await repository.findOne({ tokenHash: hashOf(token) });
    if (row === undefined) return [];
    const { family } = row;
    await repository.updateWhere({ family, revokedAt: null }, { revokedAt: clock.now() });
    const { items } = await repository.findMany({ where: { family }, order: [['id', 'desc']], limit: 100 });
    return items.map(({ sessionId }) => sessionId);
  }

  /** Ends the family that belongs to a session. */
  async revokeOf(playerId: number, sessionId: string): Promise<void> {
    const { database, clock } = this.#options;
    const row = await database.repository(refreshTokens).findOne({ playerId, sessionId });
    if (row === undefined) return;
    await database
      .repository(refreshTokens)
      .updateWhere({ family: row.family, revokedAt: null }, { revokedAt: clock.now() });
  }

  /** Ends every family of a player, but the one of `keptSessionId`. */
  async revokeAll(playerId: number, keptSessionId?: string): Promise<void> {
    const { database, clock } = this.#options;
    const repository = database.repository(refreshTokens);
    const kept =
      keptSessionId === undefined
        ? undefined
        : await repository.findOne({ playerId, sessionId: keptSessionId });
    const others = kept === undefined ? {} : { family: { ne: kept.family } };
    await repository.updateWhere({ playerId, revokedAt: null, ...others }, { revokedAt: clock.now() });
  }

  async #insert(
    tx: Transaction,
    of: { readonly family: string; readonly playerId: number; readonly sessionId: string },
  ): Promise<IssuedRefreshToken> {
    const refreshToken = `${REFRESH_TOKEN_PREFIX}${randomBytes(32).toString('base64url')}`;
    const expiresAt = this.#options.clock.now() + this.#options.ttlMs;
    await tx.repository(refreshTokens).insert({ ...of, tokenHash: hashOf(refreshToken), expiresAt });
    return { refreshToken, expiresAtMs: expiresAt };
  }

  #isOver({ expiresAt }: RefreshTokenRow): boolean {
    return expiresAt <= this.#options.clock.now();
  }
}

/** The error of a token that is worth nothing, whyever. */
export function notValid(): DomainError {
  return new DomainError('credentials_rejected', 'This refresh token is not valid');
}

/** Tokens are long and random, so a fast hash keeps them. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
