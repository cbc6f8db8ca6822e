import type { Database } from '@hanok/repository';
import type { Logger } from '@hanok/service-kit';
import { playerOfDevice } from '../devices/devices.ts';
import { DomainError } from '../domain/errors.ts';
import { usernameKey } from '../domain/username.ts';
import type { PasswordHasher } from '../passwords/password-hasher.ts';
import { isLive, playerNotFound, type LivePlayer } from '../players/player-row.ts';
import { deviceKeyOf } from '../players/device-key.ts';
import { players } from '../storage/entities.ts';
import type { AttemptLimit } from './attempt-limit.ts';
import { withSessionStore } from './session-store.ts';

/** What somebody shows to log in. `trusted`: a game server vouches for the player. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'device'; readonly deviceId: string }
  | { readonly kind: 'trusted'; readonly playerId: number };

/** Bounds of failed log-ins by account and by address. */
export interface LogInLimits {
  readonly account: AttemptLimit;
  readonly address: AttemptLimit;
}

export interface AuthenticatorOptions {
  readonly database: Database;
  readonly hasher: PasswordHasher;
  readonly limits: LogInLimits;
  readonly logger: Logger;
}

/** Finds out who shows credentials. */
export class Authenticator {
  readonly #options: AuthenticatorOptions;

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /**
   * The player of these credentials. The attempt is counted first, so that guesses sent at once do not outrun
   * the count.
   *
   * @throws DomainError `credentials_rejected` (the same whether the name or the password is wrong, and after
   * the same time), `too_many_failures`, `player_not_found` for a trusted id, `hashing_overloaded`,
   * `sessions_unavailable` (the counts live where sessions do).
   */
  async authenticate(credentials: Credentials, address: string): Promise<LivePlayer> {
    if (credentials.kind === 'trusted') return this.#findTrusted(credentials.playerId);
    const { limits } = this.#options;
    const account = credentials.kind === 'password' ? usernameKey(credentials.username) : undefined;
    await withSessionStore(async () => {
      await limits.address.attempt(address);
      if (account !== undefined) await limits.account.attempt(account);
    });
    try {
      const player =
        credentials.kind === 'password'
          ? await this.#findByPassword(credentials.username, credentials.password)
          : await this.#findByDevice(credentials.deviceId);
      await this.#forgive(address, account, true);
      return player;
    } catch (error) {
      const wasWrong = error instanceof DomainError && error.code === 'credentials_rejected';
      if (!wasWrong) await this.#forgive(address, account, false);
      throw error;
    }
  }

  async #findTrusted(playerId: number): Promise<LivePlayer> {
    const row = await this.#options.database.repository(players).findById(playerId);
    if (!isLive(row)) throw playerNotFound(playerId);
    return row;
  }

  async #findByDevice(deviceId: string): Promise<LivePlayer> {
    const deviceKey = deviceKeyOf(deviceId);
    const { database } = this.#options;
    const repository = database.repository(players);
    const first = await repository.findOne({ deviceKey });
    if (isLive(first)) return first;
    const playerId = await playerOfDevice(database, deviceKey);
    const row = playerId === undefined ? undefined : await repository.findById(playerId);
    if (!isLive(row)) throw rejected();
    return row;
  }

  async #findByPassword(username: string, password: string): Promise<LivePlayer> {
    const { database, hasher } = this.#options;
    const row = await database.repository(players).findOne({ usernameKey: usernameKey(username) });
    const right = await hasher.verify(password, isLive(row) ? row.passwordHash : null);
    if (!right || !isLive(row)) throw rejected();
    await this.#renewHash(row, password);
    return row;
  }

  /** Replaces a hash that new ones are no longer like, unless the password has been changed meanwhile. */
  async #renewHash({ id, passwordHash }: LivePlayer, password: string): Promise<void> {
    const { database, hasher, logger } = this.#options;
    if (passwordHash === null || !hasher.needsRehash(passwordHash)) return;
    try {
      const renewed = await hasher.hash(password);
      await database.repository(players).updateWhere({ id, passwordHash }, { passwordHash: renewed });
    } catch (error) {
      logger.warn({ err: error }, 'could not replace an older hash of a password');
    }
  }

  /** Takes the attempt back; a right one (`all`) clears the account's failures too. */
  async #forgive(address: string, account: string | undefined, all: boolean): Promise<void> {
    const { limits, logger } = this.#options;
    try {
      await limits.address.forgive(address, { all: false });
      if (account !== undefined) await limits.account.forgive(account, { all });
    } catch (error) {
      logger.warn({ err: error }, 'could not take back a counted log-in attempt');
    }
  }
}

function rejected(): DomainError {
  return new DomainError('credentials_rejected', 'No player has these credentials');
}
