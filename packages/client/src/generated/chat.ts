// Generated from the API document by `npm run generate`; do not edit.

/** The newest messages, or those just before or after one; reading removes nothing */
export interface GetChatByChannelMessages {
  readonly path: {
    /** Name of the channel */
    readonly channel: string;
  };
  readonly query: {
    readonly limit?: number;
    /** Id of a message */
    readonly before?: string;
    /** Id of a message */
    readonly after?: string;
  };
  readonly body: undefined;
  readonly answer: {
    /** Oldest first */
    readonly items: readonly {
      /** Strictly increasing in the channel */
      readonly id: string;
      readonly channel: string;
      readonly playerId: string;
      readonly text: string;
      readonly sentAt: string;
      /** Instead of a text: the id of a message that was deleted, to be taken off the screen */
      readonly deletes?: string;
    }[];
    /** Pass it on as `before`, or as `after` when reading forwards; null at the end */
    readonly nextCursor: string | null;
  };
}

/** Publish a message; a player leaves playerId out */
export interface PostChatByChannelMessages {
  readonly path: {
    /** Name of the channel */
    readonly channel: string;
  };
  readonly query: undefined;
  readonly body: {
    /** Id of a player */
    readonly playerId?: string;
    readonly text: string;
  };
  readonly answer: {
    /** Strictly increasing in the channel */
    readonly id: string;
    readonly channel: string;
    readonly playerId: string;
    readonly text: string;
    readonly sentAt: string;
    /** Instead of a text: the id of a message that was deleted, to be taken off the screen */
    readonly deletes?: string;
  };
}

/** Delete a message; who follows the channel is told */
export interface DeleteChatByChannelMessagesById {
  readonly path: {
    /** Name of the channel */
    readonly channel: string;
    /** Id of a message */
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: undefined;
}

/** Who is muted in the channel */
export interface GetChatByChannelMutes {
  readonly path: {
    /** Name of the channel */
    readonly channel: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    readonly items: readonly {
      readonly playerId: string;
      readonly until: string;
    }[];
    readonly nextCursor: null;
  };
}

/** Let a player publish nothing in the channel for a while */
export interface PutChatByChannelMutesByPlayerId {
  readonly path: {
    /** Name of the channel */
    readonly channel: string;
    /** Id of a player */
    readonly playerId: string;
  };
  readonly query: undefined;
  readonly body: {
    /** For how long */
    readonly seconds: number;
  };
  readonly answer: undefined;
}

/** Let a player publish again */
export interface DeleteChatByChannelMutesByPlayerId {
  readonly path: {
    /** Name of the channel */
    readonly channel: string;
    /** Id of a player */
    readonly playerId: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: undefined;
}
