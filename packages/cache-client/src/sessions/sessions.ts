import { systemClock, type Clock } from '@hanok/service-kit';
import { checkLength, checkPlayerId } from '../names.ts';
import type { CacheStore } from '../store/cache-store.ts';
import {
  createSession,
  findSession,
  listSessions,
  revokeSession,
  revokeSessions,
  touchSession,
} from './session-operations.ts';
import { newSessionToken, parseSessionToken } from './session-token.ts';

export interface SessionsOptions {
  /** Default: the system clock. Its wall time is compared across processes, so keep machines in step. */
  readonly clock?: Clock;
  /** How long a session lasts. Default 7,200,000 (two hours). */
  readonly ttlMs?: number;
  /** `fixed`: from its creation. `sliding`: from the last validation. Default `fixed`. */
  readonly expiry?: 'fixed' | 'sliding';
  /** Most sessions of one player; a new one ends the oldest. Default 20, at most 1,000. */
  readonly maxPerPlayer?: number;
}

/** A session as its player may see it: nothing in it lets anyone log in. */
export interface Session {
  /** Short public id, for lists and for revoking from another device. */
  readonly id: string;
  readonly playerId: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** What the player logged in with, as given at creation; '' when unknown. */
  readonly device: string;
}

/** Longest device label, in characters. */
export const maxDeviceLength = 100;

const idLength = 16;

/**
 * Sessions of players: 256-bit random tokens, stored as hashes.
 *
 * A revocation that resolved holds at once, everywhere: validation asks the store each time, in one round trip.
 */
export class Sessions {
  readonly #store: CacheStore;
  readonly #clock: Clock;
  readonly #ttlMs: number;
  readonly #sliding: boolean;
  readonly #maxPerPlayer: number;

  constructor(
    store: CacheStore,
    { clock = systemClock, ttlMs = 7_200_000, expiry = 'fixed', maxPerPlayer = 20 }: SessionsOptions = {},
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#ttlMs = ttlMs;
    this.#sliding = expiry === 'sliding';
    this.#maxPerPlayer = Math.min(maxPerPlayer, 1_000);
  }

  /** The token is shown once, here; it cannot be found again. @throws CacheError */
  async create(
    playerId: string,
    { device = '' }: { device?: string } = {},
  ): Promise<{ token: string; session: Session }> {
    const key = keyOf(playerId);
    checkLength('device', device, 0, maxDeviceLength);
    const token = newSessionToken(playerId);
    const field = parseSessionToken(token)?.secretHash ?? '';
    const createdAtMs = Math.floor(this.#clock.now());
    const record = `${createdAtMs} ${createdAtMs + this.#ttlMs} ${device}`;
    await this.#store.run(
      createSession,
      [key],
      [field, record, this.#ttlMs, createdAtMs, this.#maxPerPlayer],
    );
    return { token, session: toSession(playerId, field, record) };
  }

  /** The session of a token, or undefined when it is unknown, expired, revoked or no token at all. */
  async validate(token: string): Promise<Session | undefined> {
    const parts = parseSessionToken(token);
    if (parts === undefined) return undefined;
    const now = Math.floor(this.#clock.now());
    const key = keyOf(parts.playerId);
    const record = this.#sliding
      ? await this.#store.run(touchSession, [key], [parts.secretHash, this.#ttlMs, now])
      : await this.#store.run(findSession, [key], [parts.secretHash]);
    if (record === undefined) return undefined;
    const session = toSession(parts.playerId, parts.secretHash, record);
    return session.expiresAtMs > now ? session : undefined;
  }

  /** Ends the session of this token. True when there was one. */
  async revoke(token: string): Promise<boolean> {
    const parts = parseSessionToken(token);
    return parts !== undefined && this.#store.run(revokeSession, [keyOf(parts.playerId)], [parts.secretHash]);
  }

  /** Ends one of a player's sessions by its public id. True when there was one. */
  async revokeById(playerId: string, sessionId: string): Promise<boolean> {
    if (sessionId.length !== idLength) return false;
    return this.#store.run(revokeSession, [keyOf(playerId)], [sessionId]);
  }

  /** Ends all sessions of a player, or those begun before a time. Resolves to how many were alive. */
  async revokeAll(playerId: string, { createdBeforeMs }: { createdBeforeMs?: number } = {}): Promise<number> {
    const now = Math.floor(this.#clock.now());
    return this.#store.run(
      revokeSessions,
      [keyOf(playerId)],
      [now, createdBeforeMs ?? Number.MAX_SAFE_INTEGER],
    );
  }

  /** The live sessions of a player, newest first. */
  async list(playerId: string): Promise<readonly Session[]> {
    const now = this.#clock.now();
    const found = await this.#store.run(listSessions, [keyOf(playerId)], []);
    return found
      .map(([field, record]) => toSession(playerId, field, record))
      .filter((session) => session.expiresAtMs > now)
      .toSorted((a, b) => b.createdAtMs - a.createdAtMs);
  }
}

function keyOf(playerId: string): string {
  return `session:${checkPlayerId(playerId)}`;
}

function toSession(playerId: string, field: string, record: string): Session {
  const [created = '', expires = '', ...device] = record.split(' ');
  return {
    id: field.slice(0, idLength),
    playerId,
    createdAtMs: Number(created),
    expiresAtMs: Number(expires),
    device: device.join(' '),
  };
}
