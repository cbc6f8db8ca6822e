import { eachItem, type Page } from './page.ts';
import type { Answer, Body, Query, Routes } from './routes.ts';
import type { CallOptions, ChangeOptions } from './transport.ts';

/** Gold for every player of a range of levels. */
export type Reward = Omit<Body<'POST /v1/rewards'>, 'dryRun'>;

/** What a reward did, would do, or has begun to do. */
export type RewardResult = Answer<'POST /v1/rewards'>;

/** How far a reward has come. */
export type RewardProgress = Answer<'GET /v1/rewards/{id}'>;
export type RewardQuery = Query<'GET /v1/rewards'>;

/** Why a reward is taken back. */
export type Reversal = Body<'POST /v1/rewards/{id}/reversal'>;

/** Something that happened in the game. */
export type GameLogEntry = Answer<'GET /v1/game-log'>['items'][number];
export type GameLogQuery = Query<'GET /v1/game-log'>;

/** `/v1/rewards`; a server's right. */
export class Rewards {
  readonly #routes: Routes;

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  /**
   * Gives the gold. A small range gets it in one transaction, all of them or nobody, and `status` is `done`; a large
   * one is `running`: `get` tells how far it is.
   */
  give(reward: Reward, options?: ChangeOptions): Promise<RewardResult> {
    return this.#routes.call('POST /v1/rewards', { body: reward }, options);
  }

  /** Counts whom a reward would reach; changes nothing. */
  preview(reward: Reward, options?: CallOptions): Promise<RewardResult> {
    return this.#routes.call('POST /v1/rewards', { body: { ...reward, dryRun: true } }, options);
  }

  get(id: string, options?: CallOptions): Promise<RewardProgress> {
    return this.#routes.call('GET /v1/rewards/{id}', { path: { id } }, options);
  }

  list(query: RewardQuery = {}, options?: CallOptions): Promise<Page<RewardProgress>> {
    return this.#routes.call('GET /v1/rewards', { query }, options);
  }

  /** Takes back what a reward gave, as far as it is still there. */
  reverse(id: string, reversal: Reversal, options?: ChangeOptions): Promise<RewardProgress> {
    return this.#routes.call('POST /v1/rewards/{id}/reversal', { path: { id }, body: reversal }, options);
  }
}

/** `/v1/game-log`; a server's right. */
export class GameLog {
  readonly #routes: Routes;

  constructor(routes: Routes) {
    this.#routes = routes;
  }

  /** What happened, newest first. */
  list(query: GameLogQuery = {}, options?: CallOptions): Promise<Page<GameLogEntry>> {
    return this.#routes.call('GET /v1/game-log', { query }, options);
  }

  each(query: GameLogQuery = {}, options: CallOptions = {}): AsyncGenerator<GameLogEntry, void, undefined> {
    return eachItem(query, options, (part, partOptions) => this.list(part, partOptions));
  }
}
