import { isCacheAway, type Counters, type Sessions } from '@hanok/cache-client';
import type { Database } from '@hanok/repository';
import type { Clock, Logger } from '@hanok/service-kit';
import type { PlayerCopies } from '../cache/player-copies.ts';
import { DomainError } from '../domain/errors.ts';
import { usernameKey } from '../domain/username.ts';
import type { PasswordHasher } from '../passwords/scrypt-hasher.ts';
import { isLive, playerNotFound, type LivePlayer } from '../players/player-row.ts';
import { deviceKeyOf } from '../players/players.ts';
import { players } from '../storage/entities.ts';
import type { AttemptLimit } from './attempt-limit.ts';

/** What somebody shows to log in. `trusted`: a game server vouches for the player. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'device'; readonly deviceId: string }
  | { readonly kind: 'trusted'; readonly playerId: number };

/** A session just begun. */
export interface NewSession {
  readonly token: string;
  readonly playerId: string;
  readonly expiresAtMs: number;
}

/** Bounds of failed log-ins by account and by address. */
export interface LogInLimits {
  readonly account: AttemptLimit;
  readonly address: AttemptLimit;
}

export interface LogInOptions {
  readonly database: Database;
  readonly sessions: Sessions;
  readonly counters: Pick<Counters, 'increment'>;
  readonly copies: PlayerCopies;
  readonly hasher: PasswordHasher;
  readonly limits: LogInLimits;
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
   * Begins a session.
   *
   * @throws DomainError `credentials_rejected` (the same whether the name or the password is wrong, and after
   * the same time), `too_many_failures`, `player_not_found` for a trusted id, `hashing_overloaded`,
   * `sessions_unavailable`.
   */
  async begin(credentials: Credentials, address: string): Promise<NewSession> {
    const player = await this.#findWithinLimits(credentials, address);
    const { token, session } = await sessionStore(() => this.#options.sessions.create(String(player.id)));
    await this.#noteLogIn(player.id);
    return { token, playerId: String(player.id), expiresAtMs: session.expiresAtMs };
  }

  /** Ends a session. @throws DomainError `sessions_unavailable`. */
  async end(token: string): Promise<void> {
    const ended = await sessionStore(() => this.#options.sessions.revoke(token));
    if (ended)
      await this.#bestEffort('count the log-out', () => this.#options.counters.increment(ONLINE_COUNTER, -1));
  }

  /** Ends every session of a player. @throws DomainError `sessions_unavailable`. */
  async endAll(playerId: string): Promise<void> {
    const ended = await sessionStore(() => this.#options.sessions.revokeAll(playerId));
    if (ended > 0) {
      await this.#bestEffort('count the log-outs', () =>
        this.#options.counters.increment(ONLINE_COUNTER, -ended),
      );
    }
  }

  /** Ends every session of a player that is gone; a session that cannot be reached finds no player. */
  async endAllBestEffort(playerId: string): Promise<void> {
    await this.#bestEffort('end the sessions of a deleted player', () => this.endAll(playerId));
  }

  /** Ends the other sessions of a player whose credentials changed; `token` undefined: all of them. */
  async endOthers(playerId: string, token: string | undefined): Promise<void> {
    const { sessions } = this.#options;
    await this.#bestEffort('end the other sessions', async () => {
      if (token === undefined) return this.endAll(playerId);
      const own = await sessions.validate(token);
      const others = (await sessions.list(playerId)).filter(({ id }) => id !== own?.id);
      await Promise.all(others.map(({ id }) => sessions.revokeById(playerId, id)));
      if (others.length > 0) await this.#options.counters.increment(ONLINE_COUNTER, -others.length);
      return undefined;
    });
  }

  /** The session of a token, or null. @throws DomainError `sessions_unavailable`. */
  async find(token: string) {
    return (await sessionStore(() => this.#options.sessions.validate(token))) ?? null;
  }

  /** Counts the attempt first, so that guesses sent at once do not outrun the count. */
  async #findWithinLimits(credentials: Credentials, address: string): Promise<LivePlayer> {
    if (credentials.kind === 'trusted') return this.#findTrusted(credentials.playerId);
    const { limits } = this.#options;
    const account = credentials.kind === 'password' ? usernameKey(credentials.username) : undefined;
    await sessionStore(async () => {
      await limits.address.attempt(address);
      if (account !== undefined) await limits.account.attempt(account);
    });
    const player = await this.#find(credentials);
    await this.#bestEffort('forgive a right log-in', async () => {
      await limits.address.forgive(address, { all: false });
      if (account !== undefined) await limits.account.forgive(account, { all: true });
    });
    return player;
  }

  #find(credentials: Credentials): Promise<LivePlayer> {
    switch (credentials.kind) {
      case 'trusted':
        return this.#findTrusted(credentials.playerId);
      case 'device':
        return this.#findByDevice(credentials.deviceId);
      case 'password':
        return this.#findByPassword(credentials.username, credentials.password);
      default:
        return credentials satisfies never;
    }
  }

  async #findTrusted(playerId: number): Promise<LivePlayer> {
    const row = await this.#options.database.repository(players).findById(playerId);
    if (!isLive(row)) throw playerNotFound(playerId);
    return row;
  }

  async #findByDevice(deviceId: string): Promise<LivePlayer> {
    const deviceKey = deviceKeyOf(deviceId);
    const row = await this.#options.database.repository(players).findOne({ deviceKey });
    if (!isLive(row)) throw rejected();
    return row;
  }

  async #findByPassword(username: string, password: string): Promise<LivePlayer> {
    const { database, hasher } = this.#options;
    const row = await database.repository(players).findOne({ usernameKey: usernameKey(username) });
    const right = await hasher.verify(password, isLive(row) ? row.passwordHash : null);
    if (!right || !isLive(row)) throw rejected();
    return row;
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

  async #bestEffort(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.logger.warn({ err: error }, `could not ${what}`);
    }
  }
}

function rejected(): DomainError {
  return new DomainError('credentials_rejected', 'No player has these credentials');
}

async function sessionStore<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!isCacheAway(error)) throw error;
    throw new DomainError('sessions_unavailable', 'The cache that keeps sessions does not answer', {
      cause: error,
    });
  }
}
