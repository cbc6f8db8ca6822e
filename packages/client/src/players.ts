import { eachItem, type Page } from './page.ts';
import type { Answer, Body, Query, Routes } from './routes.ts';
import type { CallOptions, ChangeOptions } from './transport.ts';

/** A player. */
export type Player = Answer<'GET /v1/players/{id}'>;

/** What a new player has. `level`, `experience` and `gold` need a server credential. */
export type NewPlayer = Body<'POST /v1/players'>;

/**
 * What to change; `null` takes a password or device away. `level`, `experience` and `gold` need a server credential;
 * `gold` sets the balance and needs `ifVersion`: use `Gold.adjust` to give or take.
 */
export type PlayerChanges = Body<'PATCH /v1/players/{id}'>;

/** Which players to list; a server's right. */
export type PlayerQuery = Query<'GET /v1/players'>;

export interface VersionedChangeOptions extends ChangeOptions {
  /** Only when what is changed still has this version; else the call fails with 412 `version_conflict`. */
  readonly ifVersion?: number;
}

/** `/v1/players` */
export class Players {
  readonly #routes: Routes;

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  create(player: NewPlayer, options?: ChangeOptions): Promise<Player> {
    return this.#routes.call('POST /v1/players', { body: player }, options);
  }

  get(id: string, options?: CallOptions): Promise<Player> {
    return this.#routes.call('GET /v1/players/{id}', { path: { id } }, options);
  }

  update(id: string, changes: PlayerChanges, options: VersionedChangeOptions = {}): Promise<Player> {
    return this.#routes.call('PATCH /v1/players/{id}', { path: { id }, body: changes }, ifMatch(options));
  }

  delete(id: string, options: VersionedChangeOptions = {}): Promise<void> {
    return this.#routes.call('DELETE /v1/players/{id}', { path: { id } }, ifMatch(options));
  }

  /** Takes a deletion back while that is possible; a server's right. */
  restore(id: string, options?: ChangeOptions): Promise<Player> {
    return this.#routes.call('POST /v1/players/{id}/restore', { path: { id } }, options);
  }

  list(query: PlayerQuery = {}, options?: CallOptions): Promise<Page<Player>> {
    return this.#routes.call('GET /v1/players', { query }, options);
  }

  /** All players of a query, page by page as they are read. */
  each(query: PlayerQuery = {}, options: CallOptions = {}): AsyncGenerator<Player, void, undefined> {
    return eachItem(query, options, (part, partOptions) => this.list(part, partOptions));
  }
}

/** The options with `ifVersion` as the header that carries it. */
export function ifMatch({ ifVersion, ...options }: VersionedChangeOptions): ChangeOptions & {
  readonly headers?: Readonly<Record<string, string>>;
} {
  return ifVersion === undefined ? options : { ...options, headers: { 'if-match': `"${ifVersion}"` } };
}
