// Generated from the API document by `npm run generate`; do not edit.

/**
 * Search players
 *
 * In the order of names where `usernamePrefix` is given, else of levels where these are, else of ids.
 * Needs a server credential.
 */
export interface GetPlayers {
  readonly path: undefined;
  readonly query: {
    readonly minLevel?: number;
    readonly maxLevel?: number;
    readonly usernamePrefix?: string;
    readonly email?: string;
    /** Items on a page */
    readonly limit?: number;
    /** `nextCursor` of the page before; opaque */
    readonly cursor?: string;
  };
  readonly body: undefined;
  readonly answer: {
    readonly items: readonly {
      /** Id of a player: a positive 64-bit integer as text */
      readonly id: string;
      readonly username: string;
      readonly email: string;
      readonly level: number;
      readonly experience: number;
      readonly gold: number;
      /** ISO 8601, UTC */
      readonly createdAt: string;
      readonly lastLoginAt: string | null;
      /** Grows with every change; also the ETag */
      readonly version: number;
    }[];
    /** Pass it as `cursor` for the next page; null on the last */
    readonly nextCursor: string | null;
  };
}

/**
 * Create a player
 *
 * Anybody may register; `level`, `experience` and `gold` need a server credential.
 */
export interface PostPlayers {
  readonly path: undefined;
  readonly query: undefined;
  readonly body: {
    /**
     * 3 to 32 characters after Unicode normalisation (NFKC); unique regardless of case; no control or
     * invisible characters
     */
    readonly username: string;
    /** E-mail address, unique regardless of case */
    readonly email: string;
    /** 8 to 128 characters */
    readonly password?: string;
    /** Secret id of the device, 16 to 128 visible ASCII characters; whoever knows it can log in */
    readonly deviceId?: string;
    readonly level?: number;
    readonly experience?: number;
    readonly gold?: number;
  };
  readonly answer: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
    readonly username: string;
    readonly email: string;
    readonly level: number;
    readonly experience: number;
    readonly gold: number;
    /** ISO 8601, UTC */
    readonly createdAt: string;
    readonly lastLoginAt: string | null;
    /** Grows with every change; also the ETag */
    readonly version: number;
  };
}

/**
 * Read a player
 *
 * Players read themselves, servers anybody. With If-None-Match an unchanged player is a 304.
 */
export interface GetPlayersById {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
    readonly username: string;
    readonly email: string;
    readonly level: number;
    readonly experience: number;
    readonly gold: number;
    /** ISO 8601, UTC */
    readonly createdAt: string;
    readonly lastLoginAt: string | null;
    /** Grows with every change; also the ETag */
    readonly version: number;
  };
}

/** Change a player */
export interface PatchPlayersById {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: {
    /**
     * 3 to 32 characters after Unicode normalisation (NFKC); unique regardless of case; no control or
     * invisible characters
     */
    readonly username?: string;
    /** E-mail address, unique regardless of case */
    readonly email?: string;
    readonly password?: string | null;
    readonly deviceId?: string | null;
    readonly level?: number;
    readonly experience?: number;
    readonly gold?: number;
  };
  readonly answer: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
    readonly username: string;
    readonly email: string;
    readonly level: number;
    readonly experience: number;
    readonly gold: number;
    /** ISO 8601, UTC */
    readonly createdAt: string;
    readonly lastLoginAt: string | null;
    /** Grows with every change; also the ETag */
    readonly version: number;
  };
}

/**
 * Delete a player
 *
 * Ends all its sessions. Its personal data is erased when the undo window is over; its ledger entries
 * stay, without a name.
 */
export interface DeletePlayersById {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: undefined;
}

/**
 * Take a deletion back
 *
 * Within the undo window. Needs a server credential.
 */
export interface PostPlayersByIdRestore {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
    readonly username: string;
    readonly email: string;
    readonly level: number;
    readonly experience: number;
    readonly gold: number;
    /** ISO 8601, UTC */
    readonly createdAt: string;
    readonly lastLoginAt: string | null;
    /** Grows with every change; also the ETag */
    readonly version: number;
  };
}
