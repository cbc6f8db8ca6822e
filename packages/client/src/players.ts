import { eachItem, type Page, type PageQuery } from './page.ts';
import { path } from './path.ts';
import type { CallOptions, ChangeOptions, Transport } from './transport.ts';

/** A player. */
export interface Player {
  /** A 64-bit integer as text. */
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly level: number;
  readonly experience: number;
  readonly gold: number;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly lastLoginAt: string | null;
  /** Grows with every change. */
  readonly version: number;
}

/** What a new player has. `level`, `experience` and `gold` need a server credential. */
export interface NewPlayer {
  /** 3 to 32 characters, unique regardless of case. */
  readonly username: string;
  /** Unique regardless of case. */
  readonly email: string;
  /** 8 to 128 characters. */
  readonly password?: string;
  /** Secret id of the device, 16 to 128 visible ASCII characters; whoever knows it can log in. */
  readonly deviceId?: string;
  readonly level?: number;
  readonly experience?: number;
  readonly gold?: number;
}

/** What to change; `null` takes a password or device away. `level`, `experience` and `gold` need a server credential. */
export interface PlayerChanges {
  readonly username?: string;
  readonly email?: string;
  readonly password?: string | null;
  readonly deviceId?: string | null;
  readonly level?: number;
  readonly experience?: number;
  /** Sets the balance; needs `ifVersion`. Use `Gold.adjust` to give or take. */
  readonly gold?: number;
}

export interface PlayerChangeOptions extends ChangeOptions {
  /** Only when the player still has this version; else the call fails with 412 `version_conflict`. */
  readonly ifVersion?: number;
}

/** Which players to list; a server's right. */
export interface PlayerQuery extends PageQuery {
  readonly minLevel?: number;
  readonly maxLevel?: number;
  readonly usernamePrefix?: string;
  readonly email?: string;
}

/** `/v1/players` */
export class Players {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(player: NewPlayer, options?: ChangeOptions): Promise<Player> {
    return this.#transport.change({ method: 'POST', path: '/v1/players', body: player }, options);
  }

  get(id: string, options?: CallOptions): Promise<Player> {
    return this.#transport.read({ path: path`/v1/players/${id}` }, options);
  }

  update(id: string, changes: PlayerChanges, options: PlayerChangeOptions = {}): Promise<Player> {
    return this.#transport.change(
      { method: 'PATCH', path: path`/v1/players/${id}`, body: changes, headers: ifMatch(options.ifVersion) },
      options,
    );
  }

  delete(id: string, options: PlayerChangeOptions = {}): Promise<void> {
    return this.#transport.change(
      { method: 'DELETE', path: path`/v1/players/${id}`, headers: ifMatch(options.ifVersion) },
      options,
    );
  }

  /** Takes a deletion back while that is possible; a server's right. */
  restore(id: string, options?: ChangeOptions): Promise<Player> {
    return this.#transport.change({ method: 'POST', path: path`/v1/players/${id}/restore` }, options);
  }

  list(query: PlayerQuery = {}, options?: CallOptions): Promise<Page<Player>> {
    return this.#transport.read({ path: '/v1/players', query: { ...query } }, options);
  }

  /** All players of a query, page by page as they are read. */
  each(query: PlayerQuery = {}, options: CallOptions = {}): AsyncGenerator<Player, void, undefined> {
    return eachItem(query, options, (part, partOptions) => this.list(part, partOptions));
  }
}

function ifMatch(version: number | undefined): Record<string, string> {
  return version === undefined ? {} : { 'if-match': `"${version}"` };
}
