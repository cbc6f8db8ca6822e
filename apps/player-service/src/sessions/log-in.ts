import type { Counters, Session, Sessions } from '@hanok/cache-client';
import type { Database, Transaction } from '@hanok/repository';
import type { Clock, Logger } from '@hanok/service-kit';
import type { PlayerCopies } from '../cache/player-copies.ts';
import { DomainError } from '../domain/errors.ts';
import { players } from '../storage/entities.ts';
import type { Authenticator, Credentials } from './authenticator.ts';
import { answerOf, isReplayed, type Answer, type WriteRequest, type Writes } from '../writes/writes.ts';
import { notValid, type IssuedRefreshToken, type RefreshTokens } from './refresh-tokens.ts';
import { toNewSession } from './session-schemas.ts';
import { withSessionStore } from './session-store.ts';

/** Who logs in. */
export interface LogInRequest {
  readonly credentials: Credentials;
  readonly address: string;
  /** Whether to give a refresh token, too. */
  readonly remember: boolean;
}

export interface LogInOptions {
  readonly authenticator: Authenticator;
  readonly refreshTokens: RefreshTokens;
  readonly writes: Writes;
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
   * Answers with a new session; with `remember`, also with a family of refresh tokens. Under an Idempotency-Key
   * with the first such answer; who sends it has shown the credentials again.
   *
   * @throws DomainError those of `Authenticator.authenticate` and `Writes.run`.
   */
  async begin(asked: WriteRequest, { credentials, address, remember }: LogInRequest): Promise<Answer> {
    const { authenticator, refreshTokens, writes } = this.#options;
    const { id } = await authenticator.authenticate(credentials, address);
    const request = { ...asked, scope: `${asked.scope}:log-in:${id}` };
    const earlier = await writes.find(request);
    if (earlier !== undefined) return earlier;
    const answer = await this.#open(
      request,
      id,
      remember ? (tx, sessionId) => refreshTokens.issue(tx, id, sessionId) : undefined,
    );
    await this.#noteLogIn(id);
    return answer;
  }

  /**
   * Answers with the next session of a refresh token, which is used up; the session before it ends. Under an
   * Idempotency-Key with the first such answer, as long as it is remembered.
   *
   * @throws DomainError `credentials_rejected` for a token that is unknown, expired or revoked;
   * `refresh_token_reused` for one that was used before, whose family and sessions end now;
   * `sessions_unavailable`.
   */
  async refresh(request: WriteRequest, refreshToken: string): Promise<Answer> {
    const { refreshTokens, writes } = this.#options;
    const earlier = await writes.find(request);
    if (earlier !== undefined) return earlier;
    const playerId = await refreshTokens.playerOf(refreshToken);
    if (playerId === undefined) throw notValid();
    let previousSessionId: string | undefined;
    try {
      const answer = await this.#open(request, playerId, async (tx, sessionId) => {
        const rotation = await refreshTokens.rotate(tx, refreshToken, sessionId);
        ({ previousSessionId } = rotation);
        return rotation.issued;
      });
      if (previousSessionId !== undefined) await this.#revoke(playerId, [previousSessionId]);
      return answer;
    } catch (error) {
      // Two parties hold the same token; one of them stole it.
      if (error instanceof DomainError && error.code === 'refresh_token_reused') {
        await this.#revoke(playerId, await refreshTokens.endFamily(refreshToken));
      }
      throw error;
    }
  }

  /** Begins a session first, which can be taken back: a token used up for nothing would log its player out. */
  async #open(
    request: WriteRequest,
    playerId: number,
    issue: ((tx: Transaction, sessionId: string) => Promise<IssuedRefreshToken>) | undefined,
  ): Promise<Answer> {
    const { sessions, writes } = this.#options;
    const { token, session } = await withSessionStore(() => sessions.create(String(playerId)));
    const outcome = (refresh?: IssuedRefreshToken) => ({
      status: 201,
      headers: { location: '/v1/sessions' },
      body: toNewSession(token, session, refresh),
      touched: [],
      personalOf: playerId,
    });
    if (issue === undefined && request.key === undefined) return answerOf(outcome());
    try {
      const answer = await writes.run(request, async (tx) => outcome(await issue?.(tx, session.id)));
      if (isReplayed(answer)) await this.#revoke(playerId, [session.id]);
      return answer;
    } catch (error) {
      await this.#revoke(playerId, [session.id]);
      throw error;
    }
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

  async #revoke(playerId: number, sessionIds: readonly string[]): Promise<void> {
    await this.#bestEffort('end replaced sessions', () =>
      Promise.all(sessionIds.map((id) => this.#options.sessions.revokeById(String(playerId), id))),
    );
  }

  /** The time of the last log-in and the counters are worth having, but not worth refusing a log-in for. */
  async #noteLogIn(playerId: number): Promise<void> {
    const { database, copies, counters, clock } = this.#options;
    const change = { lastLoginAt: clock.now() };
    /** With a note of the copy to drop, where copies outlive this process. */
    const update = copies.isShared
      ? database.transaction(
          async (tx) => {
            await tx.repository(players).update(playerId, change);
            return copies.note(tx, [playerId]);
          },
          { isolation: 'read-committed' },
        )
      : database
          .repository(players)
          .update(playerId, change)
          .then(() => []);
    await this.#bestEffort('note the log-in', async () => {
      const [notes] = await Promise.all([
        update,
        counters.increment(LOG_IN_COUNTER),
        counters.increment(ONLINE_COUNTER),
      ]);
      await copies.drop([playerId], notes);
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
