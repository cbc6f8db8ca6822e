// Generated from the API document by `npm run generate`; do not edit.

/**
 * List API keys, newest first
 *
 * Needs the admin token.
 */
export interface GetApiKeys {
  readonly path: undefined;
  readonly query: {
    /** Items on a page */
    readonly limit?: number;
    /** `nextCursor` of the page before; opaque */
    readonly cursor?: string;
  };
  readonly body: undefined;
  readonly answer: {
    readonly items: readonly {
      readonly id: string;
      /** Whose key it is, for people */
      readonly name: string;
      readonly scopes: readonly (
        | 'players:read'
        | 'players:write'
        | 'gold:write'
        | 'rewards:read'
        | 'rewards:write'
        | 'sessions:write'
        | 'audit:read'
        | 'play:write'
      )[];
      /** ISO 8601, UTC */
      readonly createdAt: string;
      readonly expiresAt: string | null;
      readonly revokedAt: string | null;
    }[];
    /** Pass it as `cursor` for the next page; null on the last */
    readonly nextCursor: string | null;
  };
}

/**
 * Make an API key
 *
 * It is shown only here. Needs the admin token.
 */
export interface PostApiKeys {
  readonly path: undefined;
  readonly query: undefined;
  readonly body: {
    /** Whose key it is, for people */
    readonly name: string;
    /** What it may do */
    readonly scopes: readonly (
      | 'players:read'
      | 'players:write'
      | 'gold:write'
      | 'rewards:read'
      | 'rewards:write'
      | 'sessions:write'
      | 'audit:read'
      | 'play:write'
    )[];
    /** ISO 8601, UTC */
    readonly expiresAt?: string;
  };
  readonly answer: {
    readonly id: string;
    /** Whose key it is, for people */
    readonly name: string;
    readonly scopes: readonly (
      | 'players:read'
      | 'players:write'
      | 'gold:write'
      | 'rewards:read'
      | 'rewards:write'
      | 'sessions:write'
      | 'audit:read'
      | 'play:write'
    )[];
    /** ISO 8601, UTC */
    readonly createdAt: string;
    readonly expiresAt: string | null;
    readonly revokedAt: string | null;
    /** Send it as `Authorization: Bearer …` */
    readonly key: string;
  };
}

/**
 * Revoke an API key
 *
 * It is refused from the next request on. Needs the admin token.
 */
export interface DeleteApiKeysById {
  readonly path: {
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: undefined;
}
