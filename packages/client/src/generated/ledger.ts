// Generated from the API document by `npm run generate`; do not edit.

/**
 * Give gold to a player, or take it
 *
 * Books the amount against the bank. A balance never becomes negative. Send an Idempotency-Key: a
 * retry then cannot pay twice. Needs a server credential.
 */
export interface PostPlayersByIdGold {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: {
    /** Positive gives, negative takes */
    readonly amount: number;
    /** Machine-readable reason: upper-case letters, digits and underscores, at most 64 */
    readonly reason: string;
    /** Id of what this belongs to in your own books: 1 to 128 visible ASCII characters */
    readonly reference?: string;
    /** A sentence for people */
    readonly description?: string;
  };
  readonly answer: {
    /** Id of the ledger transaction */
    readonly transactionId: string;
    /** Id of a player: a positive 64-bit integer as text */
    readonly playerId: string;
    /** Positive gives, negative takes */
    readonly amount: number;
    readonly balance: number;
  };
}

/**
 * Move gold, or another currency, from one player to another
 *
 * Both balances change together or not at all. Needs a server credential.
 */
export interface PostTransfers {
  readonly path: undefined;
  readonly query: undefined;
  readonly body: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly fromPlayerId: string;
    /** Id of a player: a positive 64-bit integer as text */
    readonly toPlayerId: string;
    /** gold, or a currency of the settings (CURRENCIES) */
    readonly currency?: string;
    readonly amount: number;
    /** Machine-readable reason: upper-case letters, digits and underscores, at most 64 */
    readonly reason: string;
    /** Id of what this belongs to in your own books: 1 to 128 visible ASCII characters */
    readonly reference?: string;
    /** A sentence for people */
    readonly description?: string;
  };
  readonly answer: {
    /** Id of the ledger transaction */
    readonly transactionId: string;
    /** gold, or a currency of the settings (CURRENCIES) */
    readonly currency: string;
    readonly amount: number;
    readonly fromBalance: number;
    readonly toBalance: number;
  };
}

/**
 * Where the gold of a player came from and went, newest first
 *
 * Players read their own, servers anybody’s, deleted players included.
 */
export interface GetPlayersByIdLedger {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
  };
  readonly query: {
    readonly currency?: string;
    /** Items on a page */
    readonly limit?: number;
    /** `nextCursor` of the page before; opaque */
    readonly cursor?: string;
  };
  readonly body: undefined;
  readonly answer: {
    readonly items: readonly {
      readonly id: string;
      /** Entries of one transaction sum to zero */
      readonly transactionId: string;
      /** gold, or a currency of the settings (CURRENCIES) */
      readonly currency: string;
      /** Positive gives, negative takes */
      readonly amount: number;
      readonly balanceAfter: number;
      /** Machine-readable reason: upper-case letters, digits and underscores, at most 64 */
      readonly reason: string;
      readonly reference: string | null;
      readonly description: string | null;
      /** ISO 8601, UTC */
      readonly createdAt: string;
    }[];
    /** Pass it as `cursor` for the next page; null on the last */
    readonly nextCursor: string | null;
  };
}

/**
 * Prove that no coin was lost or minted
 *
 * Compares every balance with the sum of its entries, and every transaction with zero, on one snapshot
 * of the database. It reads everything. Needs a server credential.
 */
export interface GetAudit {
  readonly path: undefined;
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    /** Whether every figure below agrees */
    readonly balanced: boolean;
    /** Players whose balance was compared, deleted ones included */
    readonly players: number;
    /** Ledger entries summed */
    readonly entries: number;
    /** Sum of all balances */
    readonly goldInBalances: number;
    /** Sum of all entries of players; equals the balances */
    readonly goldInEntries: number;
    /** Players and system accounts together; zero */
    readonly sumOfAllEntries: number;
    /** The same for each currency */
    readonly currencies: readonly {
      /** gold, or a currency of the settings (CURRENCIES) */
      readonly currency: string;
      readonly inBalances: number;
      /** Sum of the entries of players; equals the balances */
      readonly inEntries: number;
      /** Zero */
      readonly sumOfAllEntries: number;
    }[];
    /** The first 100 players whose balance is not the sum of their entries */
    readonly differences: readonly {
      /** Id of a player: a positive 64-bit integer as text */
      readonly playerId: string;
      /** gold, or a currency of the settings (CURRENCIES) */
      readonly currency: string;
      readonly balance: number;
      /** Sum of the entries */
      readonly entries: number;
    }[];
    /** The first 100 transactions whose entries do not sum to zero */
    readonly unbalancedTransactions: readonly {
      readonly transactionId: string;
      readonly sum: number;
    }[];
  };
}

/**
 * What a player holds of each currency
 *
 * Players read their own, servers anybody’s.
 */
export interface GetPlayersByIdBalances {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    readonly items: readonly {
      /** gold, or a currency of the settings (CURRENCIES) */
      readonly currency: string;
      readonly balance: number;
    }[];
  };
}

/**
 * Give a currency to a player, or take it
 *
 * As `POST /v1/players/{id}/gold`, for any declared currency. Needs a server credential with the scope
 * gold:write.
 */
export interface PostPlayersByIdBalancesByCurrency {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
    /** gold, or a currency of the settings (CURRENCIES) */
    readonly currency?: string;
  };
  readonly query: undefined;
  readonly body: {
    /** Positive gives, negative takes */
    readonly amount: number;
    /** Machine-readable reason: upper-case letters, digits and underscores, at most 64 */
    readonly reason: string;
    /** Id of what this belongs to in your own books: 1 to 128 visible ASCII characters */
    readonly reference?: string;
    /** A sentence for people */
    readonly description?: string;
  };
  readonly answer: {
    /** Id of the ledger transaction */
    readonly transactionId: string;
    /** Id of a player: a positive 64-bit integer as text */
    readonly playerId: string;
    /** gold, or a currency of the settings (CURRENCIES) */
    readonly currency: string;
    /** Positive gives, negative takes */
    readonly amount: number;
    readonly balance: number;
  };
}
