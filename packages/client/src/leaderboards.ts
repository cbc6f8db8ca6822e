import { eachItem, type Page } from './page.ts';
import { path } from './path.ts';
import type { CallOptions, Transport } from './transport.ts';

/** How a board works. */
export interface BoardDefinition {
  /** Which end is the top. Default `descending`: the highest score leads. */
  readonly order?: 'descending' | 'ascending';
  /** What a further score of a player does: keep the better one, replace, or add. Default `best`. */
  readonly operator?: 'best' | 'last' | 'sum';
}

/** One player on a board. */
export interface BoardRow {
  /** From 1. Among equal scores who reached it first ranks higher. */
  readonly rank: number;
  readonly playerId: string;
  readonly score: number;
}

/** Where a submission put its player. */
export interface Placement extends BoardRow {
  /** Whether this submission changed the score. */
  readonly changed: boolean;
}

/** A score; a player leaves `playerId` out, a server names it. Integers within ±(2^53 - 1). */
export interface Score {
  readonly playerId?: string;
  readonly score: number;
}

export interface BoardPage extends Page<BoardRow> {
  readonly name: string;
  /** Players on the board. */
  readonly total: number;
}

/** Which part of a board to read. */
export interface BoardQuery {
  /** 1 to 1,000. Default 50. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface SubmitOptions extends CallOptions {
  /**
   * Whether sending the score twice does no harm, as on `best` and `last` boards; it is then repeated when its
   * answer was lost. Default false.
   */
  readonly repeatable?: boolean;
}

/** `/v1/leaderboards` */
export class Leaderboards {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Fixes how a board works, while it has no scores; a server's right. */
  define(
    name: string,
    definition: BoardDefinition,
    options?: CallOptions,
  ): Promise<Required<BoardDefinition>> {
    const call = {
      method: 'PUT',
      path: path`/v1/leaderboards/${name}/definition`,
      body: definition,
    } as const;
    return this.#transport.repeat(call, options);
  }

  definition(name: string, options?: CallOptions): Promise<Required<BoardDefinition>> {
    return this.#transport.read({ path: path`/v1/leaderboards/${name}/definition` }, options);
  }

  submit(name: string, score: Score, options: SubmitOptions = {}): Promise<Placement> {
    const call = { method: 'POST', path: path`/v1/leaderboards/${name}/scores`, body: score } as const;
    return options.repeatable === true
      ? this.#transport.repeat(call, options)
      : this.#transport.once(call, options);
  }

  /** Submits up to 1,000 scores in order, all or none; a server's right. */
  async submitMany(
    name: string,
    scores: readonly Required<Score>[],
    options: SubmitOptions = {},
  ): Promise<readonly Placement[]> {
    const call = {
      method: 'POST',
      path: path`/v1/leaderboards/${name}/scores/batch`,
      body: { scores },
    } as const;
    const { items } = await (options.repeatable === true
      ? this.#transport.repeat<{ items: Placement[] }>(call, options)
      : this.#transport.once<{ items: Placement[] }>(call, options));
    return items;
  }

  /** A board from its top. */
  page(name: string, query: BoardQuery = {}, options?: CallOptions): Promise<BoardPage> {
    return this.#transport.read({ path: path`/v1/leaderboards/${name}`, query: { ...query } }, options);
  }

  /** All rows of a board from its top, page by page as they are read; each page is as of its own moment. */
  each(
    name: string,
    query: BoardQuery = {},
    options: CallOptions = {},
  ): AsyncGenerator<BoardRow, void, undefined> {
    return eachItem(query, options, (part, partOptions) => this.page(name, part, partOptions));
  }

  /** Where a player stands; 404 without a score. */
  rank(
    name: string,
    playerId: string,
    options?: CallOptions,
  ): Promise<BoardRow & { readonly total: number }> {
    return this.#transport.read({ path: path`/v1/leaderboards/${name}/players/${playerId}` }, options);
  }

  /** A player with up to `radius` rows above and below, 0 to 100, default 5; 404 without a score. */
  around(
    name: string,
    playerId: string,
    radius?: number,
    options?: CallOptions,
  ): Promise<{ readonly total: number; readonly items: readonly BoardRow[] }> {
    const query = { radius };
    return this.#transport.read(
      { path: path`/v1/leaderboards/${name}/players/${playerId}/around`, query },
      options,
    );
  }

  /** Takes a player off a board; a server's right. 404 without a score. */
  remove(name: string, playerId: string, options?: CallOptions): Promise<void> {
    return this.#transport.once(
      { method: 'DELETE', path: path`/v1/leaderboards/${name}/players/${playerId}` },
      options,
    );
  }

  /** Deletes a board with its scores and definition; a server's right. 404 when there is none. */
  clear(name: string, options?: CallOptions): Promise<void> {
    return this.#transport.once({ method: 'DELETE', path: path`/v1/leaderboards/${name}` }, options);
  }
}
