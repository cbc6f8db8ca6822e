import type { Counters, Session, Sessions } from '@hanok/cache-client';
import type { Database } from '@hanok/repository';
import type { Clock, Logger } from '@hanok/service-kit';
import type { PlayerCopies } from '../cache/player-copies.ts';
import { DomainError } from '../domain/errors.ts';
import { players } from '../storage/entities.ts';
import type { Authenticator, Credentials } from './authenticator.ts';
import type { IssuedRefreshToken, RefreshTokens } from './refresh-tokens.ts';
import { withSessionStore } from './session-store.ts';

/** A session just begun. */
export interface NewSession {
  readonly token: string;
  readonly playerId: string;
  readonly expiresAtMs: number;
  /** Only when it was asked for. */
  readonly refresh: IssuedRefreshToken | undefined;
}

export interface LogInOptions {
  readonly authenticator: Authenticator;
  readonly refreshTokens: RefreshTokens;
  readonly database: Database;
  readonly sessions: Sessions;
  readonly counters: Pick<Counters, 'increment'>;
  readonly copies: PlayerCopies;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The counters of the chapter: how many log-ins there were, and how many players are logged in now. */
export const LOG_IN_COUNTER = 'total_logins';
export const ONLINE_COUNTER = 'players_online';

/** Log-in and log-out. Sessions live in the cache, so that any player-service knows them. */
export class LogIn {
  readonly #options: LogInOptions;

  constructor(options: LogInOptions) {
    this.#options = options;
  }

  /**
   * Begins a session; with `remember`, also a family of refresh tokens.
   *
   * @throws DomainError those of `Authenticator.authenticate`.
   */
  async begin(credentials: Credentials, address: string, remember: boolean): Promise<NewSession> {
    const { authenticator, sessions, refreshTokens } = this.#options;
    const player = await authenticator.authenticate(credentials, address);
    const { token, session } = await withSessionStore(() => sessions.create(String(player.id)));
    const refresh = remember ? await refreshTokens.issue(player.id, session.id) : undefined;
    await this.#noteLogIn(player.id);
    return { token, playerId: session.playerId, expiresAtMs: session.expiresAtMs, refresh };
  }

  /**
   * Begins the next session of a refresh token, which is used up; the session before it ends.
   *
   * @throws DomainError `credentials_rejected` for a token that is unknown, expired or revoked;
   * `refresh_token_reused` for one that was used before, whose family and sessions end now;
   * `sessions_unavailable`.
   */
  async refresh(refreshToken: string): Promise<NewSession> {
    const { refreshTokens, sessions } = this.#options;
    const player = await refreshTokens.playerOf(refreshToken);
    if (player === undefined)
      throw new DomainError('credentials_rejected', 'This refresh token is not valid');
    const playerId = String(player);
    // First the session, which can be taken back: a token used up for nothing would log its player out.
    const { token, session } = await withSessionStore(() => sessions.create(playerId));
    const rotation = await refreshTokens.rotate(refreshToken, session.id).catch(async (error: unknown) => {
      await this.#revoke(playerId, [session.id]);
      throw error;
    });
    if (rotation.kind === 'rotated') {
      await this.#revoke(playerId, [rotation.previousSessionId]);
      return { token, playerId, expiresAtMs: session.expiresAtMs, refresh: rotation.issued };
    }
    await this.#revoke(playerId, [session.id, ...(rotation.kind === 'reused' ? rotation.sessionIds : [])]);
    throw rotation.kind === 'reused'
      ? new DomainError('refresh_token_reused', 'This refresh token was used before; its sessions were ended')
      : new DomainError('credentials_rejected', 'This refresh token is not valid');
  }

  /** Ends a session and the refresh tokens beside it. @throws DomainError `sessions_unavailable`. */
  async end(token: string): Promise<void> {
    const { sessions, refreshTokens } = this.#options;
    const session = await this.find(token);
    if (session === null) return;
    await refreshTokens.revokeOf(Number(session.playerId), session.id);
    const ended = await withSessionStore(() => sessions.revoke(token));
    if (ended) await this.#countOnline(-1);
  }

  /** Ends every session and refresh token of a player. @throws DomainError `sessions_unavailable`. */
  async endAll(playerId: string): Promise<void> {
    await this.#options.refreshTokens.revokeAll(Number(playerId));
    const ended = await withSessionStore(() => this.#options.sessions.revokeAll(playerId));
    if (ended > 0) await this.#countOnline(-ended);
  }

  /** Ends every session of a player that is gone; a session that cannot be reached finds no player. */
  async endAllBestEffort(playerId: string): Promise<void> {
    await this.#bestEffort('end the sessions of a deleted player', () => this.endAll(playerId));
  }

  /** Ends the other sessions of a player whose credentials changed; `token` undefined: all of them. */
  async endOthers(playerId: string, token: string | undefined): Promise<void> {
    const { sessions, refreshTokens } = this.#options;
    await this.#bestEffort('end the other sessions', async () => {
      const own = token === undefined ? undefined : await sessions.validate(token);
      if (own === undefined) {
        await this.endAll(playerId);
        return;
      }
      await refreshTokens.revokeAll(Number(playerId), own.id);
      const others = (await sessions.list(playerId)).filter(({ id }) => id !== own.id);
      await Promise.all(others.map(({ id }) => sessions.revokeById(playerId, id)));
      if (others.length > 0) await this.#countOnline(-others.length);
    });
  }

  /** The session of a token, or null. @throws DomainError `sessions_unavailable`. */
  async find(token: string): Promise<Session | null> {
    return (await withSessionStore(() => this.#options.sessions.validate(token))) ?? null;
  }

  async #revoke(playerId: string, sessionIds: readonly string[]): Promise<void> {
    await this.#bestEffort('end replaced sessions', () =>
      Promise.all(sessionIds.map((id) => this.#options.sessions.revokeById(playerId, id))),
    );
  }

  /** The time of the last log-in and the counters are worth having, but not worth refusing a log-in for. */
  async #noteLogIn(playerId: number): Promise<void> {
    const { database, copies, counters, clock } = this.#options;
    await this.#bestEffort('note the log-in', async () => {
      await Promise.all([
        database.repository(players).update(playerId, { lastLoginAt: clock.now() }),
        counters.increment(LOG_IN_COUNTER),
        counters.increment(ONLINE_COUNTER),
      ]);
      await copies.drop([playerId]);
    });
  }

  async #countOnline(by: number): Promise<void> {
    await this.#bestEffort('count who is online', () => this.#options.counters.increment(ONLINE_COUNTER, by));
  }

  async #bestEffort(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.logger.warn({ err: error }, `could not ${what}`);
    }
  }
}
