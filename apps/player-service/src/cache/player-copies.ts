import type { Codec, PlayerCache } from '@hanok/cache-client';
import { everyRow, type Database } from '@hanok/repository';
import type { Logger } from '@hanok/service-kit';
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
  readonly logger: Logger;
}

/** Dropping more players than this one by one costs more than emptying the cache of players. */
const MAX_DROPPED_ONE_BY_ONE = 256;

/**
 * The cached copies of players: read through, dropped after every committed change and before it is answered.
 *
 * When the cache cannot be told, the debt is written to the database before the change is answered, and whichever
 * process reaches the cache again pays it. So a stale copy outlives an outage by about one housekeeping round.
 */
export class PlayerCopies {
  readonly #options: PlayerCopiesOptions;

  constructor(options: PlayerCopiesOptions) {
    this.#options = options;
  }

  /** The player, from the cache or else from the database. */
  read(id: number): Promise<PlayerCopy | undefined> {
    return this.#options.cache.read(String(id));
  }

  /** Drops copies. Never rejects: the change they are of is already committed. */
  async drop(touched: Touched): Promise<void> {
    try {
      const debts = await this.#tryDrop(touched);
      if (debts.length > 0) {
        await this.#options.database
          .repository(pendingInvalidations)
          .insertMany(debts.map((playerId) => ({ playerId })));
      }
    } catch (error) {
      this.#options.logger.error(
        { err: error, touched },
        'could not drop or note out-of-date cached players',
      );
    }
  }

  /** Pays what earlier outages left owing. @returns how many debts remain in this round. */
  async payDebts(): Promise<number> {
    const debts = this.#options.database.repository(pendingInvalidations);
    const { items } = await debts.findMany({ limit: 500 });
    if (items.length === 0) return 0;
    const ids = items.map(({ playerId }) => playerId);
    const owing = new Set(
      await this.#tryDrop(ids.includes(null) ? 'everyone' : ids.filter((id) => id !== null)),
    );
    const paid = items.filter(({ playerId }) => !owing.has(playerId) && !owing.has(null));
    if (paid.length > 0) await debts.deleteWhere({ id: { in: paid.map(({ id }) => id) } });
    return items.length - paid.length;
  }

  /** Whether debts are open; a readiness detail. */
  async owes(): Promise<boolean> {
    return this.#options.database.repository(pendingInvalidations).exists(everyRow);
  }

  /** @returns what could not be dropped; null stands for everyone. */
  async #tryDrop(touched: Touched): Promise<readonly (number | null)[]> {
    const { cache, dropEveryone } = this.#options;
    if (touched === 'everyone' || touched.length > MAX_DROPPED_ONE_BY_ONE) {
      return (await dropEveryone()) ? [] : [null];
    }
    const ids = [...new Set(touched)];
    const results = await Promise.all(ids.map((id) => cache.invalidate(String(id))));
    return ids.filter((_, index) => results[index] === 'pending');
  }
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
