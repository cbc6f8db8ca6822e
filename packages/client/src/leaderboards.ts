import { eachItem } from './page.ts';
import type { Answer, Body, Query, Routes } from './routes.ts';
import type { CallOptions } from './transport.ts';

/** How a board works: which end is the top, and what a further score of a player does. */
export type BoardDefinition = Body<'PUT /v1/leaderboards/{name}/definition'>;
export type SettledDefinition = Answer<'GET /v1/leaderboards/{name}/definition'>;

/** One player on a board. Ranks begin at 1; among equal scores who reached it first ranks higher. */
export type BoardRow = BoardPage['items'][number];

/** Where a submission put its player, and whether it changed the score. */
export type Placement = Answer<'POST /v1/leaderboards/{name}/scores'>;

/** A score; a player leaves `playerId` out, a server names it. Integers within ±(2^53 - 1). */
export type Score = Body<'POST /v1/leaderboards/{name}/scores'>;
export type NamedScore = Body<'POST /v1/leaderboards/{name}/scores/batch'>['scores'][number];

/** Rows of a board and how many players it has. */
export type BoardPage = Answer<'GET /v1/leaderboards/{name}'>;

/** Which part of a board to read. */
export type BoardQuery = Query<'GET /v1/leaderboards/{name}'>;

/** Where a player stands. */
export type Standing = Answer<'GET /v1/leaderboards/{name}/players/{playerId}'>;
export type Neighbours = Answer<'GET /v1/leaderboards/{name}/players/{playerId}/around'>;
export type Standings = Answer<'GET /v1/leaderboards/{name}/players'>;

export interface SubmitOptions extends CallOptions {
  /**
   * Whether sending the score twice does no harm, as on `best` and `last` boards; it is then repeated when its
   * answer was lost. Default false.
   */
  readonly repeatable?: boolean;
}

/** `/v1/leaderboards` */
export class Leaderboards {
  readonly #routes: Routes;

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  /** Fixes how a board works, while it has no scores; a server's right. */
  define(name: string, definition: BoardDefinition, options: CallOptions = {}): Promise<SettledDefinition> {
    const parts = { path: { name }, body: definition };
    const repeatable = { ...options, repeatable: true };
    return this.#routes.call('PUT /v1/leaderboards/{name}/definition', parts, repeatable);
  }

  definition(name: string, options?: CallOptions): Promise<SettledDefinition> {
    return this.#routes.call('GET /v1/leaderboards/{name}/definition', { path: { name } }, options);
  }

  submit(name: string, score: Score, options?: SubmitOptions): Promise<Placement> {
    return this.#routes.call('POST /v1/leaderboards/{name}/scores', { path: { name }, body: score }, options);
  }

  /** Submits up to 1,000 scores in order, all or none; a server's right. */
  async submitMany(
    name: string,
    scores: readonly NamedScore[],
    options?: SubmitOptions,
  ): Promise<readonly Placement[]> {
    const parts = { path: { name }, body: { scores } };
    return (await this.#routes.call('POST /v1/leaderboards/{name}/scores/batch', parts, options)).items;
  }

  /** A board from its top. */
  page(name: string, query: BoardQuery = {}, options?: CallOptions): Promise<BoardPage> {
    return this.#routes.call('GET /v1/leaderboards/{name}', { path: { name }, query }, options);
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
  rank(name: string, playerId: string, options?: CallOptions): Promise<Standing> {
    const parts = { path: { name, playerId } };
    return this.#routes.call('GET /v1/leaderboards/{name}/players/{playerId}', parts, options);
  }

  /** The last player who ranks above `percentile` percent (0 to 100) of the others; 404 on an empty board. */
  atPercentile(name: string, percentile: number, options?: CallOptions): Promise<BoardRow> {
    const parts = { path: { name, percentile } };
    return this.#routes.call('GET /v1/leaderboards/{name}/percentiles/{percentile}', parts, options);
  }

  /** Where up to 100 players stand. */
  ranks(name: string, playerIds: readonly string[], options?: CallOptions): Promise<Standings> {
    const parts = { path: { name }, query: { ids: playerIds.join(',') } };
    return this.#routes.call('GET /v1/leaderboards/{name}/players', parts, options);
  }

  /** A player with up to `radius` rows above and below, 0 to 100, default 5; 404 without a score. */
  around(name: string, playerId: string, radius?: number, options?: CallOptions): Promise<Neighbours> {
    const parts = { path: { name, playerId }, query: radius === undefined ? {} : { radius } };
    return this.#routes.call('GET /v1/leaderboards/{name}/players/{playerId}/around', parts, options);
  }

  /** Takes a player off a board; a server's right. 404 without a score. */
  remove(name: string, playerId: string, options?: CallOptions): Promise<void> {
    const parts = { path: { name, playerId } };
    return this.#routes.call('DELETE /v1/leaderboards/{name}/players/{playerId}', parts, options);
  }

  /** Deletes a board with its scores and definition; a server's right. 404 when there is none. */
  clear(name: string, options?: CallOptions): Promise<void> {
    return this.#routes.call('DELETE /v1/leaderboards/{name}', { path: { name } }, options);
  }
}
