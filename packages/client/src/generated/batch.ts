// Generated from the API document by `npm run generate`; do not edit.

/**
 * Carry out up to 100 operations
 *
 * In one transaction. `atomic`: all or nothing; the first refusal is the answer and names its
 * operation. Otherwise each for itself, with a result for each. One Idempotency-Key covers the batch;
 * rate limits count each operation. Needs a server credential with the scopes of all operations.
 */
export interface PostBatch {
  readonly path: undefined;
  readonly query: undefined;
  readonly body: {
    /** True: all or nothing. False: each for itself */
    readonly atomic: boolean;
    readonly operations: readonly {
      /** As `POST /v1/players/{id}/gold` */
      readonly gold?: {
        /** Id of a player: a positive 64-bit integer as text */
        readonly playerId: string;
        /** Positive gives, negative takes */
        readonly amount: number;
        /** Machine-readable reason: upper-case letters, digits and underscores, at most 64 */
        readonly reason: string;
        /** Id of what this belongs to in your own books: 1 to 128 visible ASCII characters */
        readonly reference?: string;
        /** A sentence for people */
        readonly description?: string;
      };
      /** As `POST /v1/players/{id}/balances/{currency}` */
      readonly balance?: {
        /** Id of a player: a positive 64-bit integer as text */
        readonly playerId: string;
        /** gold, or a currency of the settings (CURRENCIES) */
        readonly currency?: string;
        /** Positive gives, negative takes */
        readonly amount: number;
        /** Machine-readable reason: upper-case letters, digits and underscores, at most 64 */
        readonly reason: string;
        /** Id of what this belongs to in your own books: 1 to 128 visible ASCII characters */
        readonly reference?: string;
        /** A sentence for people */
        readonly description?: string;
      };
      /** As `POST /v1/transfers` */
      readonly transfer?: {
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
      /** As `PATCH /v1/players/{id}` */
      readonly player?: {
        /** Id of a player: a positive 64-bit integer as text */
        readonly playerId: string;
        readonly level?: number;
        readonly experience?: number;
      };
    }[];
  };
  readonly answer: {
    readonly results: readonly (
      | {
          readonly ok: true;
          /** Id of a player: a positive 64-bit integer as text */
          readonly playerId?: string;
          readonly transactionId?: string;
          readonly balance?: number;
          readonly fromBalance?: number;
          readonly toBalance?: number;
          readonly version?: number;
        }
      | {
          readonly ok: false;
          /** What the operation would have answered alone */
          readonly status: number;
          readonly code: string;
          readonly detail: string;
        }
    )[];
  };
}
