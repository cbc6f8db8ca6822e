// Generated from the API document by `npm run generate`; do not edit.

/**
 * List rewards, newest first
 *
 * Needs a server credential.
 */
export interface GetRewards {
  readonly path: undefined;
  readonly query: {
    /** `running`: given chunk by chunk, also after a crash; `done`: everybody was reached */
    readonly status?: 'running' | 'done';
    /** Items on a page */
    readonly limit?: number;
    /** `nextCursor` of the page before; opaque */
    readonly cursor?: string;
  };
  readonly body: undefined;
  readonly answer: {
    readonly items: readonly {
      readonly id: string;
      /** `running`: given chunk by chunk, also after a crash; `done`: everybody was reached */
      readonly status: 'running' | 'done';
      /** Machine-readable reason: upper-case letters, digits and underscores, at most 64 */
      readonly reason: string;
      readonly reference: string | null;
      readonly description: string | null;
      /** gold, or a currency of the settings (CURRENCIES) */
      readonly currency: string;
      /** For each player */
      readonly amount: number;
      /** Booked for all of them; negative in a reversal */
      readonly totalAmount: number;
      /** For each player */
      readonly gold: number;
      readonly minLevel: number;
      readonly maxLevel: number;
      /** All of them must hold, beside the range of levels */
      readonly conditions: readonly {
        /** Holds from `min` to `max`, both included; no balance is 0 */
        readonly balance?: {
          /** gold, or a currency of the settings (CURRENCIES) */
          readonly currency?: string;
          readonly min?: number;
          readonly max?: number;
        };
        /** Registered at `from` or later, and before `before` */
        readonly createdAt?: {
          /** ISO 8601, UTC */
          readonly from?: string;
          /** ISO 8601, UTC */
          readonly before?: string;
        };
        /** Last logged in at `from` or later, and before `before`; whoever never did fits only without `from` */
        readonly lastLoginAt?: {
          /** ISO 8601, UTC */
          readonly from?: string;
          /** ISO 8601, UTC */
          readonly before?: string;
        };
        /** Is one of these */
        readonly playerIds?: readonly string[];
      }[];
      /** Players reached so far */
      readonly players: number;
      /** Players who matched but could not hold the gold (in a reversal: had spent it) */
      readonly refused: number;
      /** Booked so far; negative in a reversal */
      readonly totalGold: number;
      /** The reward this one takes back */
      readonly reversalOf: string | null;
      /** ISO 8601, UTC */
      readonly createdAt: string;
      readonly finishedAt: string | null;
    }[];
    /** Pass it as `cursor` for the next page; null on the last */
    readonly nextCursor: string | null;
  };
}

/**
 * Give gold to every player of a range of levels and conditions
 *
 * Up to 10,000 players get it in one transaction, with an entry in the ledger each and one line in the
 * game log, or nobody does (201). More, and those for whom over 100,000 players have to be looked at,
 * are reached chunk by chunk (202; see `GET /v1/rewards/{id}`): nobody twice, nobody never, also after
 * a crash. Each player registered before is judged once, by what it is in the transaction that would
 * pay it. Send an Idempotency-Key: a retry then cannot pay twice. Needs a server credential.
 */
export interface PostRewards {
  readonly path: undefined;
  readonly query: undefined;
  readonly body: {
    readonly minLevel?: number;
    readonly maxLevel?: number;
    /** All of them must hold, beside the range of levels */
    readonly conditions?: readonly {
      /** Holds from `min` to `max`, both included; no balance is 0 */
      readonly balance?: {
        /** gold, or a currency of the settings (CURRENCIES) */
        readonly currency?: string;
        readonly min?: number;
        readonly max?: number;
      };
      /** Registered at `from` or later, and before `before` */
      readonly createdAt?: {
        /** ISO 8601, UTC */
        readonly from?: string;
        /** ISO 8601, UTC */
        readonly before?: string;
      };
      /** Last logged in at `from` or later, and before `before`; whoever never did fits only without `from` */
      readonly lastLoginAt?: {
        /** ISO 8601, UTC */
        readonly from?: string;
        /** ISO 8601, UTC */
        readonly before?: string;
      };
      /** Is one of these */
      readonly playerIds?: readonly string[];
    }[];
    /** For each player */
    readonly gold?: number;
    /** gold, or a currency of the settings (CURRENCIES) */
    readonly currency?: string;
    /** For each player */
    readonly amount?: number;
    /** Machine-readable reason: upper-case letters, digits and underscores, at most 64 */
    readonly reason: string;
    /** Id of what this belongs to in your own books: 1 to 128 visible ASCII characters */
    readonly reference?: string;
    /** A sentence for people */
    readonly description?: string;
    /** Only count whom it would reach */
    readonly dryRun?: boolean;
  };
  readonly answer: {
    /** Null in a dry run */
    readonly id: string | null;
    /** Null in a dry run */
    readonly status: 'running' | 'done' | null;
    readonly dryRun: boolean;
    /** Players who got (in a dry run: would get) the gold */
    readonly players: number;
    /** gold, or a currency of the settings (CURRENCIES) */
    readonly currency: string;
    /** For each player */
    readonly amount: number;
    /** Booked for all of them; negative in a reversal */
    readonly totalAmount: number;
    /** Gold for each */
    readonly gold: number;
    /** Gold for all of them together */
    readonly totalGold: number;
    /** Ids of at most 10 of them */
    readonly sample: readonly string[];
    /** Ledger transaction; null in a dry run and while it is given in chunks */
    readonly transactionId: string | null;
    /** Entry of the game log; null in a dry run and until it is done */
    readonly gameLogId: string | null;
  };
}

/**
 * Follow a reward
 *
 * Needs a server credential.
 */
export interface GetRewardsById {
  readonly path: {
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    readonly id: string;
    /** `running`: given chunk by chunk, also after a crash; `done`: everybody was reached */
    readonly status: 'running' | 'done';
    /** Machine-readable reason: upper-case letters, digits and underscores, at most 64 */
    readonly reason: string;
    readonly reference: string | null;
    readonly description: string | null;
    /** gold, or a currency of the settings (CURRENCIES) */
    readonly currency: string;
    /** For each player */
    readonly amount: number;
    /** Booked for all of them; negative in a reversal */
    readonly totalAmount: number;
    /** For each player */
    readonly gold: number;
    readonly minLevel: number;
    readonly maxLevel: number;
    /** All of them must hold, beside the range of levels */
    readonly conditions: readonly {
      /** Holds from `min` to `max`, both included; no balance is 0 */
      readonly balance?: {
        /** gold, or a currency of the settings (CURRENCIES) */
        readonly currency?: string;
        readonly min?: number;
        readonly max?: number;
      };
      /** Registered at `from` or later, and before `before` */
      readonly createdAt?: {
        /** ISO 8601, UTC */
        readonly from?: string;
        /** ISO 8601, UTC */
        readonly before?: string;
      };
      /** Last logged in at `from` or later, and before `before`; whoever never did fits only without `from` */
      readonly lastLoginAt?: {
        /** ISO 8601, UTC */
        readonly from?: string;
        /** ISO 8601, UTC */
        readonly before?: string;
      };
      /** Is one of these */
      readonly playerIds?: readonly string[];
    }[];
    /** Players reached so far */
    readonly players: number;
    /** Players who matched but could not hold the gold (in a reversal: had spent it) */
    readonly refused: number;
    /** Booked so far; negative in a reversal */
    readonly totalGold: number;
    /** The reward this one takes back */
    readonly reversalOf: string | null;
    /** ISO 8601, UTC */
    readonly createdAt: string;
    readonly finishedAt: string | null;
  };
}

/**
 * Take a reward back
 *
 * A reward of its own that undoes the first, chunk by chunk, as far as the players still have the
 * gold; who has spent it is counted in `refused` and nobody falls below zero. Needs a server
 * credential.
 */
export interface PostRewardsByIdReversal {
  readonly path: {
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: {
    /** A sentence for people */
    readonly description?: string;
  };
  readonly answer: {
    readonly id: string;
    /** `running`: given chunk by chunk, also after a crash; `done`: everybody was reached */
    readonly status: 'running' | 'done';
    /** Machine-readable reason: upper-case letters, digits and underscores, at most 64 */
    readonly reason: string;
    readonly reference: string | null;
    readonly description: string | null;
    /** gold, or a currency of the settings (CURRENCIES) */
    readonly currency: string;
    /** For each player */
    readonly amount: number;
    /** Booked for all of them; negative in a reversal */
    readonly totalAmount: number;
    /** For each player */
    readonly gold: number;
    readonly minLevel: number;
    readonly maxLevel: number;
    /** All of them must hold, beside the range of levels */
    readonly conditions: readonly {
      /** Holds from `min` to `max`, both included; no balance is 0 */
      readonly balance?: {
        /** gold, or a currency of the settings (CURRENCIES) */
        readonly currency?: string;
        readonly min?: number;
        readonly max?: number;
      };
      /** Registered at `from` or later, and before `before` */
      readonly createdAt?: {
        /** ISO 8601, UTC */
        readonly from?: string;
        /** ISO 8601, UTC */
        readonly before?: string;
      };
      /** Last logged in at `from` or later, and before `before`; whoever never did fits only without `from` */
      readonly lastLoginAt?: {
        /** ISO 8601, UTC */
        readonly from?: string;
        /** ISO 8601, UTC */
        readonly before?: string;
      };
      /** Is one of these */
      readonly playerIds?: readonly string[];
    }[];
    /** Players reached so far */
    readonly players: number;
    /** Players who matched but could not hold the gold (in a reversal: had spent it) */
    readonly refused: number;
    /** Booked so far; negative in a reversal */
    readonly totalGold: number;
    /** The reward this one takes back */
    readonly reversalOf: string | null;
    /** ISO 8601, UTC */
    readonly createdAt: string;
    readonly finishedAt: string | null;
  };
}

/**
 * What happened in the game, newest first
 *
 * Needs a server credential.
 */
export interface GetGameLog {
  readonly path: undefined;
  readonly query: {
    /** Machine-readable reason: upper-case letters, digits and underscores, at most 64 */
    readonly event?: string;
    /** Items on a page */
    readonly limit?: number;
    /** `nextCursor` of the page before; opaque */
    readonly cursor?: string;
  };
  readonly body: undefined;
  readonly answer: {
    readonly items: readonly {
      readonly id: string;
      /** Machine-readable reason: upper-case letters, digits and underscores, at most 64 */
      readonly event: string;
      readonly description: string | null;
      readonly details: Readonly<Record<string, string | number | null>>;
      /** ISO 8601, UTC */
      readonly createdAt: string;
    }[];
    /** Pass it as `cursor` for the next page; null on the last */
    readonly nextCursor: string | null;
  };
}
