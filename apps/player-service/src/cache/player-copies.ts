import type { Codec, PlayerCache } from '@hanok/cache-client';
import { everyRow, type Database, type Transaction } from '@hanok/repository';
import type { Clock, Logger, Timer } from '@hanok/service-kit';
import { isLive, toView } from '../players/player-row.ts';
import { pendingInvalidations, players, type Touched } from '../storage/entities.ts';

/** A player as it is sent: cached as text, because reading and writing JSON would cost more than the cache. */
export interface PlayerCopy {
  readonly version: number;
  /** JSON of a `PlayerView`. */
  readonly body: string;
}

/** Drops every cached player on every server; true when all of them took part. */
export type DropEveryone = () => Promise<boolean>;

export interface PlayerCopiesOptions {
  readonly database: Database;
  readonly cache: PlayerCache<PlayerCopy>;
  readonly dropEveryone: DropEveryone;
  /** Whether copies outlive this process, and are read by others. */
  readonly isShared: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A promise in the database to drop a copy. */
export interface DropNote {
  readonly id: number;
  /** Null: every player. */
  readonly playerId: number | null;
}

/** Dropping more players than this one by one costs more than emptying the cache of players. */
const MAX_DROPPED_ONE_BY_ONE = 256;
/** Notes younger than this are still in the hands of whoever wrote them. */
const NOTE_GRACE_MS = 1_000;
/** Kept notes are forgotten together: at the latest after this time, or when there are as many. */
const FORGET_AFTER_MS = 50;
const FORGET_AT_ONCE = 500;

/**
 * The cached copies of players: read through, dropped after every committed change and before it is answered.
 *
 * A change notes in its own transaction which copies it makes out of date, unless they end with this process
 * anyway. The note is forgotten once they were dropped. What a crash or an outage of the cache leaves noted,
 * whichever process reaches the cache pays; so a stale copy outlives either by about one housekeeping round.
 */
export class PlayerCopies {
  readonly #options: PlayerCopiesOptions;
  /** Set where copies do not pay: the database is in this process, and so would the copies be. */
  readonly #readDirectly: ((playerId: string) => Promise<PlayerCopy | undefined>) | undefined;
  #kept: number[] = [];
  #forgetting: Promise<void> | undefined;
  #timer: Timer | undefined;

  constructor(options: PlayerCopiesOptions) {
    const { database, isShared } = options;
    this.#options = options;
    this.#readDirectly = database.dialect === 'sqlite' && !isShared ? playerLoader(database) : undefined;
  }

  /** Whether there are any. */
  get areKept(): boolean {
    return this.#readDirectly === undefined;
  }

  /** Whether copies outlive this process, and are read by others. */
  get isShared(): boolean {
    return this.#options.isShared;
  }

  /** The player, from the cache or else from the database. */
  read(id: number): Promise<PlayerCopy | undefined> {
    return this.#readDirectly?.(String(id)) ?? this.#options.cache.read(String(id));
  }

  /** Notes in the transaction of a change what must be dropped after it. */
  async note(tx: Transaction, touched: Touched): Promise<readonly DropNote[]> {
    if (!this.#options.isShared || touched.length === 0) return [];
    const all = touched === 'everyone' || touched.length > MAX_DROPPED_ONE_BY_ONE;
    const ids = all ? [null] : [...new Set(touched)];
    return tx.repository(pendingInvalidations).insertMany(ids.map((playerId) => ({ playerId })));
  }

  /** Drops copies, and forgets the notes about them. Never rejects: the change is committed already. */
  async drop(touched: Touched, notes: readonly DropNote[] = []): Promise<void> {
    try {
      const debts = await this.#tryDrop(touched);
      this.#forgetSoon(paidOf(notes, debts));
      if (debts.length === 0 || notes.length > 0) return;
      await this.#options.database
        .repository(pendingInvalidations)
        .insertMany(debts.map((playerId) => ({ playerId })));
    } catch (error) {
      this.#options.logger.error(
        { err: error, touched },
        'could not drop or note out-of-date cached players',
      );
    }
  }

  /** Pays what crashes and outages left owing. @returns how many debts remain in this round. */
  async payDebts(): Promise<number> {
    const { database, clock } = this.#options;
    const repository = database.repository(pendingInvalidations);
    const old = { createdAt: { lte: clock.now() - NOTE_GRACE_MS } };
    const { items } = await repository.findMany({ where: old, limit: 500 });
    if (items.length === 0) return 0;
    const ids = items.map(({ playerId }) => playerId);
    const debts = await this.#tryDrop(ids.includes(null) ? 'everyone' : ids.filter((id) => id !== null));
    const paid = paidOf(items, debts);
    if (paid.length > 0) await repository.deleteWhere({ id: { in: paid } });
    return items.length - paid.length;
  }

  /** Forgets at once the notes that were kept. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await this.#forgetting;
    await this.#forget();
  }

  /** Whether debts are open; a readiness detail. */
  async owes(): Promise<boolean> {
    return this.#options.database.repository(pendingInvalidations).exists(everyRow);
  }

  /** Gathers, so that many changes cost one statement. */
  #forgetSoon(ids: readonly number[]): void {
    if (ids.length === 0) return;
    this.#kept.push(...ids);
    if (this.#kept.length >= FORGET_AT_ONCE) void this.#forget();
    else this.#timer ??= this.#options.clock.setTimer(FORGET_AFTER_MS, () => void this.#forget());
  }

  /** Never rejects: a note that stays merely drops its copies once more. */
  async #forget(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const ids = this.#kept;
    this.#kept = [];
    const { database, logger } = this.#options;
    const repository = database.repository(pendingInvalidations);
    this.#forgetting = (async () => {
      try {
        for (let from = 0; from < ids.length; from += FORGET_AT_ONCE) {
          await repository.deleteWhere({ id: { in: ids.slice(from, from + FORGET_AT_ONCE) } });
        }
      } catch (error) {
        logger.warn({ err: error }, 'could not forget dropped players; they are dropped again');
      }
    })();
    await this.#forgetting;
  }

  /** @returns what could not be dropped; null stands for everyone. */
  async #tryDrop(touched: Touched): Promise<readonly (number | null)[]> {
    const { cache, dropEveryone } = this.#options;
    if (this.#readDirectly !== undefined) return [];
    if (touched === 'everyone' || touched.length > MAX_DROPPED_ONE_BY_ONE) {
      return (await dropEveryone()) ? [] : [null];
    }
    const ids = [...new Set(touched)];
    const results = await Promise.all(ids.map((id) => cache.invalidate(String(id))));
    return ids.filter((_, index) => results[index] === 'pending');
  }
}

/** Ids of the notes about which nothing is owed any more. */
function paidOf(notes: readonly DropNote[], debts: readonly (number | null)[]): number[] {
  const owing = new Set(debts);
  if (owing.has(null)) return [];
  return notes.filter(({ playerId }) => !owing.has(playerId)).map(({ id }) => id);
}

/** Reads a player for the cache; deleted players are absent. */
export function playerLoader(database: Database): (playerId: string) => Promise<PlayerCopy | undefined> {
  const repository = database.repository(players);
  return async (playerId) => {
    const row = await repository.findById(Number(playerId));
    return isLive(row) ? { version: row.version, body: JSON.stringify(toView(row)) } : undefined;
  };
}

/** `toView` puts the version last; an unescaped quote ends a name before it, so no name can look like one. */
const VERSION_AT_END = /,"version":(\d{1,16})\}$/u;

/** The version character and the JSON of cache-client's own codec, so that cache-service can show the entries. */
export const playerCodec: Codec<PlayerCopy> = {
  encode: ({ body }) => `1${body}`,
  decode(encoded) {
    if (!encoded.startsWith('1')) return undefined;
    const version = VERSION_AT_END.exec(encoded)?.[1];
    return version === undefined ? undefined : { version: Number(version), body: encoded.slice(1) };
  },
};
