// Generated from the API document by `npm run generate`; do not edit.

/** Show the session of the bearer */
export interface GetSessions {
  readonly path: undefined;
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly playerId: string;
    /** ISO 8601, UTC */
    readonly createdAt: string;
    /** ISO 8601, UTC */
    readonly expiresAt: string;
  };
}

/**
 * Log in
 *
 * The tokens are shown only here.
 */
export interface PostSessions {
  readonly path: undefined;
  readonly query: undefined;
  readonly body: {
    readonly username?: string;
    readonly password?: string;
    readonly deviceId?: string;
    /** Id of a player: a positive 64-bit integer as text */
    readonly playerId?: string;
    /** Also give a refresh token, to log in again without credentials */
    readonly remember?: boolean;
  };
  readonly answer: {
    /** Send it as `Authorization: Bearer …` */
    readonly token: string;
    /** Id of a player: a positive 64-bit integer as text */
    readonly playerId: string;
    /** ISO 8601, UTC */
    readonly expiresAt: string;
    /** With `remember`: good for one use */
    readonly refreshToken?: string;
    /** ISO 8601, UTC */
    readonly refreshExpiresAt?: string;
  };
}

/** Log out */
export interface DeleteSessions {
  readonly path: undefined;
  readonly query: {
    /** End all sessions of the player */
    readonly everywhere?: boolean;
  };
  readonly body: undefined;
  readonly answer: undefined;
}

/**
 * Log in again with a refresh token
 *
 * The token is used up; the answer brings the next one, and the session before ends. A token that
 * comes a second time was stolen, or its owner was: all sessions of its family end.
 */
export interface PostSessionsRefresh {
  readonly path: undefined;
  readonly query: undefined;
  readonly body: {
    readonly refreshToken: string;
  };
  readonly answer: {
    /** Send it as `Authorization: Bearer …` */
    readonly token: string;
    /** Id of a player: a positive 64-bit integer as text */
    readonly playerId: string;
    /** ISO 8601, UTC */
    readonly expiresAt: string;
    /** With `remember`: good for one use */
    readonly refreshToken?: string;
    /** ISO 8601, UTC */
    readonly refreshExpiresAt?: string;
  };
}
