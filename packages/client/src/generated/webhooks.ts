// Generated from the API document by `npm run generate`; do not edit.

/**
 * List webhook endpoints, newest first
 *
 * Needs the admin token.
 */
export interface GetWebhookEndpoints {
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
      /** https, to a public address, without credentials */
      readonly url: string;
      readonly eventTypes: readonly string[];
      readonly description: string | null;
      /** `disabled`: nothing is told and nothing is kept for it */
      readonly status: 'enabled' | 'disabled';
      /** Why it was disabled, unless you did it */
      readonly disabledReason: string | null;
      /** ISO 8601, UTC */
      readonly createdAt: string;
    }[];
    /** Pass it as `cursor` for the next page; null on the last */
    readonly nextCursor: string | null;
  };
}

/**
 * Add a webhook endpoint
 *
 * It is told of changes that begin a second later or after. The secret is shown only here. Needs the
 * admin token.
 */
export interface PostWebhookEndpoints {
  readonly path: undefined;
  readonly query: undefined;
  readonly body: {
    /** https, to a public address, without credentials */
    readonly url: string;
    /** What to tell */
    readonly eventTypes: readonly (
      | 'player.created'
      | 'player.updated'
      | 'player.deleted'
      | 'player.restored'
      | 'player.erased'
      | 'player.data_changed'
      | 'balance.changed'
      | 'reward.finished'
    )[];
    /** Whose it is, for people */
    readonly description?: string;
  };
  readonly answer: {
    readonly id: string;
    /** https, to a public address, without credentials */
    readonly url: string;
    readonly eventTypes: readonly string[];
    readonly description: string | null;
    /** `disabled`: nothing is told and nothing is kept for it */
    readonly status: 'enabled' | 'disabled';
    /** Why it was disabled, unless you did it */
    readonly disabledReason: string | null;
    /** ISO 8601, UTC */
    readonly createdAt: string;
    /** Key of the signatures (Standard Webhooks); shown only here */
    readonly secret: string;
  };
}

/**
 * Read a webhook endpoint
 *
 * Needs the admin token.
 */
export interface GetWebhookEndpointsById {
  readonly path: {
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    readonly id: string;
    /** https, to a public address, without credentials */
    readonly url: string;
    readonly eventTypes: readonly string[];
    readonly description: string | null;
    /** `disabled`: nothing is told and nothing is kept for it */
    readonly status: 'enabled' | 'disabled';
    /** Why it was disabled, unless you did it */
    readonly disabledReason: string | null;
    /** ISO 8601, UTC */
    readonly createdAt: string;
  };
}

/**
 * Change a webhook endpoint
 *
 * Disabled, it keeps nothing: what waited for it is dead. Needs the admin token.
 */
export interface PatchWebhookEndpointsById {
  readonly path: {
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: {
    /** https, to a public address, without credentials */
    readonly url?: string;
    /** What to tell */
    readonly eventTypes?: readonly (
      | 'player.created'
      | 'player.updated'
      | 'player.deleted'
      | 'player.restored'
      | 'player.erased'
      | 'player.data_changed'
      | 'balance.changed'
      | 'reward.finished'
    )[];
    readonly description?: string | null;
    /** `disabled`: nothing is told and nothing is kept for it */
    readonly status?: 'enabled' | 'disabled';
  };
  readonly answer: {
    readonly id: string;
    /** https, to a public address, without credentials */
    readonly url: string;
    readonly eventTypes: readonly string[];
    readonly description: string | null;
    /** `disabled`: nothing is told and nothing is kept for it */
    readonly status: 'enabled' | 'disabled';
    /** Why it was disabled, unless you did it */
    readonly disabledReason: string | null;
    /** ISO 8601, UTC */
    readonly createdAt: string;
  };
}

/**
 * Remove a webhook endpoint
 *
 * With all that waits for it. Needs the admin token.
 */
export interface DeleteWebhookEndpointsById {
  readonly path: {
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: undefined;
}

/**
 * Take a new secret
 *
 * For a day deliveries are signed with both, so that the receiver has time to change. The secret is
 * shown only here. Needs the admin token.
 */
export interface PostWebhookEndpointsByIdSecret {
  readonly path: {
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    /** Key of the signatures (Standard Webhooks); shown only here */
    readonly secret: string;
    /** Until then the secret before signs as well */
    readonly previousSecretUntil: string | null;
  };
}

/**
 * List what was not accepted, oldest first
 *
 * Accepted deliveries are forgotten. Needs the admin token.
 */
export interface GetWebhookDeliveries {
  readonly path: undefined;
  readonly query: {
    readonly endpointId?: string;
    readonly status?: 'waiting' | 'dead';
    /** Items on a page */
    readonly limit?: number;
    /** `nextCursor` of the page before; opaque */
    readonly cursor?: string;
  };
  readonly body: undefined;
  readonly answer: {
    readonly items: readonly {
      readonly id: string;
      readonly endpointId: string;
      /** The `webhook-id` it is sent with */
      readonly webhookId: string;
      readonly eventType: string;
      readonly playerId: string | null;
      /** What is sent, as text */
      readonly body: string;
      /** `dead`: given up; it is kept for 14 days and can be delivered again */
      readonly status: 'waiting' | 'dead';
      readonly attempts: number;
      /** Null: dead, or an earlier one about the same player comes first */
      readonly nextAttemptAt: string | null;
      /** HTTP status of the last answer; null: there was none */
      readonly lastStatus: number | null;
      readonly lastError: string | null;
      /** ISO 8601, UTC */
      readonly createdAt: string;
    }[];
    /** Pass it as `cursor` for the next page; null on the last */
    readonly nextCursor: string | null;
  };
}

/**
 * Send a dead delivery again
 *
 * From the first attempt on, under the same `webhook-id`. Needs the admin token.
 */
export interface PostWebhookDeliveriesByIdRedelivery {
  readonly path: {
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    /** How many wait again */
    readonly deliveries: number;
  };
}

/**
 * Send the dead deliveries of an endpoint again
 *
 * The oldest 1000; ask again while there were as many. Needs the admin token.
 */
export interface PostWebhookEndpointsByIdRedelivery {
  readonly path: {
    readonly id: string;
  };
  readonly query: undefined;
  readonly body: undefined;
  readonly answer: {
    /** How many wait again */
    readonly deliveries: number;
  };
}
