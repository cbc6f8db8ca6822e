import { eachItem, type Page, type PageQuery } from './page.ts';
import type { CallOptions, ChangeOptions, Transport } from './transport.ts';

/** Gold for every player of a range of levels. */
export interface Reward {
  /** Default: no lower bound. */
  readonly minLevel?: number;
  /** Default: no upper bound. */
  readonly maxLevel?: number;
  /** For each player. */
  readonly gold: number;
  /** Also the name of the event in the game log, such as `GOLD_BONUS`. */
  readonly reason: string;
  readonly reference?: string;
  readonly description?: string;
}

/** What a reward did, or would do. */
export interface RewardResult {
  readonly dryRun: boolean;
  readonly players: number;
  readonly gold: number;
  readonly totalGold: number;
  /** Ids of at most ten of the players. */
  readonly sample: readonly string[];
  readonly transactionId: string | null;
  readonly gameLogId: string | null;
}

/** Something that happened in the game. */
export interface GameLogEntry {
  readonly id: string;
  readonly event: string;
  readonly description: string | null;
  readonly details: Readonly<Record<string, string | number | null>>;
  readonly createdAt: string;
}

export interface GameLogQuery extends PageQuery {
  /** Only entries of this event. */
  readonly event?: string;
}

/** `/v1/rewards`; a server's right. */
export class Rewards {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Gives the gold, in one transaction: to all of them or to nobody. */
  give(reward: Reward, options?: ChangeOptions): Promise<RewardResult> {
    return this.#transport.change({ method: 'POST', path: '/v1/rewards', body: reward }, options);
  }

  /** Counts whom a reward would reach; changes nothing. */
  preview(reward: Reward, options?: CallOptions): Promise<RewardResult> {
    const body = { ...reward, dryRun: true };
    return this.#transport.change({ method: 'POST', path: '/v1/rewards', body }, options);
  }
}

/** `/v1/game-log`; a server's right. */
export class GameLog {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** What happened, newest first. */
  list(query: GameLogQuery = {}, options?: CallOptions): Promise<Page<GameLogEntry>> {
    return this.#transport.read({ path: '/v1/game-log', query: { ...query } }, options);
  }

  each(query: GameLogQuery = {}, options: CallOptions = {}): AsyncGenerator<GameLogEntry, void, undefined> {
    return eachItem(query, options, (part, partOptions) => this.list(part, partOptions));
  }
}
