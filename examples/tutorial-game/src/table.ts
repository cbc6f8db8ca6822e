import { ApiError, type HanokClient } from '@hanok/client';

/** The board that all rounds count for. */
const BOARD = 'guess-the-number';

/** A player at this server, who may score. */
export interface Seat {
  readonly name: string;
  /** @returns the player's rank. */
  score(points: number): Promise<number>;
}

/** What the game needs of Hanok: players, and one board. */
export class Table {
  readonly #hanok: HanokClient;

  constructor(hanok: HanokClient) {
    this.#hanok = hanok;
  }

  /** Logs a player in by the device, and creates the player when there is none. */
  async sit(name: string, deviceId: string): Promise<Seat> {
    try {
      await this.#hanok.players.create({ username: name, email: `${name}@guess.example`, deviceId });
    } catch (error) {
      // Somebody has the name: if it is not this device, the log-in below says so.
      if (!(error instanceof ApiError && error.status === 409)) throw error;
    }
    const me = await this.#hanok.logIn({ deviceId });
    return {
      name,
      score: async (points) => (await me.leaderboards.submit(BOARD, { score: points })).rank,
    };
  }

  /** The best players' ids and scores. */
  async top(): Promise<string[]> {
    const { items } = await this.#hanok.leaderboards.page(BOARD, { limit: 3 });
    return items.map(({ rank, playerId, score }) => `${rank}. player ${playerId}: ${score}`);
  }
}
