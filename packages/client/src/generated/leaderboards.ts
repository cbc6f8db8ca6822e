// Generated from the API document by `npm run generate`; do not edit.

/** A board from its top, page by page */
export interface GetLeaderboardsByName {
  readonly path: {
    /** Name of the board */
    readonly name: string;
  };
  readonly query: {
    readonly limit?: number;
    /** nextCursor of the page before */
    readonly cursor?: string;
  };
  readonly body: undefined;
  readonly answer: {
    readonly name: string;
    /** Players on the board */
    readonly total: number;
    readonly items: readonly {
      readonly rank: number;
      readonly playerId: string;
      readonly score: number;
    }[];
    readonly nextCursor: string | null;
  };
}

/** Delete a board, its scores and its definition */
export interface DeleteLeaderboardsByName {
  readonly path: {
    /** Name of the board */
    readonly name: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: undefined;
}

/** How a board works */
export interface GetLeaderboardsByNameDefinition {
  readonly path: {
    /** Name of the board */
    readonly name: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    /** descending: the highest score leads */
    readonly order: 'descending' | 'ascending';
    /** What a further score of a player does */
    readonly operator: 'best' | 'last' | 'sum';
  };
}

/** Fix the order of a board and what further scores do; only while it has no scores */
export interface PutLeaderboardsByNameDefinition {
  readonly path: {
    /** Name of the board */
    readonly name: string;
  };
  readonly query: undefined;
  readonly body: {
    /** descending: the highest score leads */
    readonly order?: 'descending' | 'ascending';
    /** What a further score of a player does */
    readonly operator?: 'best' | 'last' | 'sum';
  };
  readonly answer: {
    /** descending: the highest score leads */
    readonly order: 'descending' | 'ascending';
    /** What a further score of a player does */
    readonly operator: 'best' | 'last' | 'sum';
  };
}

/** Submit a score; a player leaves playerId out */
export interface PostLeaderboardsByNameScores {
  readonly path: {
    /** Name of the board */
    readonly name: string;
  };
  readonly query: undefined;
  readonly body: {
    /** Id of a player */
    readonly playerId?: string;
    /** Within ±(2^53 - 1) */
    readonly score: number;
  };
  readonly answer: {
    readonly rank: number;
    readonly playerId: string;
    readonly score: number;
    /** Whether this submission changed the score */
    readonly changed: boolean;
  };
}

/** Submit many scores in order, all or none */
export interface PostLeaderboardsByNameScoresBatch {
  readonly path: {
    /** Name of the board */
    readonly name: string;
  };
  readonly query: undefined;
  readonly body: {
    readonly scores: readonly {
      /** Id of a player */
      readonly playerId: string;
      /** Within ±(2^53 - 1) */
      readonly score: number;
    }[];
  };
  readonly answer: {
    readonly items: readonly {
      readonly rank: number;
      readonly playerId: string;
      readonly score: number;
      /** Whether this submission changed the score */
      readonly changed: boolean;
    }[];
  };
}

/** Where a player stands */
export interface GetLeaderboardsByNamePlayersByPlayerId {
  readonly path: {
    /** Name of the board */
    readonly name: string;
    /** Id of a player */
    readonly playerId: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    readonly rank: number;
    readonly playerId: string;
    readonly score: number;
    /** Players on the board */
    readonly total: number;
    /** Share of the other players who rank lower, percent */
    readonly percentile: number;
  };
}

/** Take a player off a board */
export interface DeleteLeaderboardsByNamePlayersByPlayerId {
  readonly path: {
    /** Name of the board */
    readonly name: string;
    /** Id of a player */
    readonly playerId: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: undefined;
}

/** The last player who ranks above so many percent of the others: what it takes to be there */
export interface GetLeaderboardsByNamePercentilesByPercentile {
  readonly path: {
    /** Name of the board */
    readonly name: string;
    /** Percent */
    readonly percentile: number;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    readonly rank: number;
    readonly playerId: string;
    readonly score: number;
  };
}

/** Where some players stand, such as friends, best first */
export interface GetLeaderboardsByNamePlayers {
  readonly path: {
    /** Name of the board */
    readonly name: string;
  };
  readonly query: {
    /** Up to 100 ids of players, comma-separated */
    readonly ids: string;
  };
  readonly body: undefined;
  readonly answer: {
    readonly name: string;
    /** Players on the board */
    readonly total: number;
    readonly items: readonly {
      readonly rank: number;
      readonly playerId: string;
      readonly score: number;
    }[];
    readonly nextCursor: string | null;
  };
}

/** A player and his neighbours */
export interface GetLeaderboardsByNamePlayersByPlayerIdAround {
  readonly path: {
    /** Name of the board */
    readonly name: string;
    /** Id of a player */
    readonly playerId: string;
  };
  readonly query: {
    /** Rows above and below */
    readonly radius?: number;
  };
  readonly body: undefined;
  readonly answer: {
    readonly total: number;
    readonly items: readonly {
      readonly rank: number;
      readonly playerId: string;
      readonly score: number;
    }[];
  };
}
