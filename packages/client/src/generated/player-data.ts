// Generated from the API document by `npm run generate`; do not edit.

/**
 * Read the custom data of a player
 *
 * An empty object with ETag "0" until something is stored.
 */
export interface GetPlayersByIdData {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: Readonly<Record<string, unknown>>;
}

/**
 * Replace the custom data of a player
 *
 * The ETag counts the versions of the document, not those of the player.
 */
export interface PutPlayersByIdData {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: Readonly<Record<string, unknown>>;
  readonly answer: Readonly<Record<string, unknown>>;
}

/**
 * Merge a patch into the custom data of a player
 *
 * The ETag counts the versions of the document, not those of the player.
 */
export interface PatchPlayersByIdData {
  readonly path: {
    /** Id of a player: a positive 64-bit integer as text */
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: Readonly<Record<string, unknown>>;
  readonly answer: Readonly<Record<string, unknown>>;
}
